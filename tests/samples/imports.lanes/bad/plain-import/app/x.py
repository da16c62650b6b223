import os
import candidate
