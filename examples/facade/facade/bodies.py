"""What clients send. A field that is not known is let through, as clients are ahead of servers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Text = Annotated[str, Field(min_length=1, max_length=20_000)]
ModelName = Annotated[Text, Field(examples=["facade-large"])]


class Part(BaseModel):
    """A part of a message."""

    type: Literal["text"]
    text: Text


class Turn(BaseModel):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Text | list[Part]

    def words(self) -> str:
        """Return its text."""
        return self.content if isinstance(self.content, str) else " ".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream ends with."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """A conversation to go on with."""

    model: ModelName
    messages: Annotated[list[Turn], Field(min_length=1, max_length=100)]
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()

    def prompt(self) -> str:
        """Return all that was said."""
        return "\n".join(turn.words() for turn in self.messages)


class EmbeddingRequest(BaseModel):
    """Texts to embed."""

    model: ModelName
    input: Text | Annotated[list[Text], Field(min_length=1, max_length=100)]
    dimensions: Annotated[int, Field(ge=1, le=1024)] = 8

    def texts(self) -> list[str]:
        """Return the texts, one or several."""
        return [self.input] if isinstance(self.input, str) else self.input


class ResponseRequest(BaseModel):
    """Something to think about."""

    model: ModelName
    input: Text
