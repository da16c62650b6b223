import candidate.core
import candidate.late
