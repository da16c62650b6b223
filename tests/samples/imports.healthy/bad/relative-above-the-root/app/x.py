from ...other import a
