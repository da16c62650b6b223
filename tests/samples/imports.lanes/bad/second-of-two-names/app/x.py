import os, candidate.core as core
