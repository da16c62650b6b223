import ns.part.y
import ns.part.gone
