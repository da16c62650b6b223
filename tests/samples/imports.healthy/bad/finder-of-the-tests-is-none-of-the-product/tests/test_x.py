import app.core.y
import app.nowhere
