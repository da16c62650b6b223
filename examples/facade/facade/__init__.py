"""A small service with the interface of OpenAI's, which keeps what its plan promises."""
