<<<<<<< HEAD
from app.core import Thing
=======
from candidate.core import Thing
>>>>>>> next
