# café
import candidate
