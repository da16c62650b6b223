# coding: utf-7
import c+AGE-ndidate
