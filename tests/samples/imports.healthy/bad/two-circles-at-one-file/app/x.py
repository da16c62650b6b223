import app.y
import app.z
