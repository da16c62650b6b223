import tools.bridge
