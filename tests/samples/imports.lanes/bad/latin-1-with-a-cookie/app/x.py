# -*- coding: latin-1 -*-
# café
import candidate
