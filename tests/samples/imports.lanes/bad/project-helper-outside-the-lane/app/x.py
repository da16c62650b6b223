from tools import helper

core = helper.fetch(name="candidate.core")
