from app import service_pb2
import app.other_pb2
