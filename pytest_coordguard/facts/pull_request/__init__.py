"""Where the facts of a pull request come from: git, the event of a workflow, a saved file, the forge's interface."""
