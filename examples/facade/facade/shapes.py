"""What answers look like, for the description and for whoever reads it. Provenance stands in every answer of a chat."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class BreakerHealth(BaseModel):
    """How the circuit breaker stands."""

    name: str
    state: Literal["closed", "open", "half-open"]
    failures: int = Field(description="In a row, so far")
    trips: int = Field(description="Since the service started")


class Health(BaseModel):
    """That the service runs, and how."""

    status: Literal["ok", "degraded"]
    mode: Literal["strict", "permissive"]
    breaker: BreakerHealth


class Model(BaseModel):
    """A model."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(BaseModel):
    """The models."""

    object: Literal["list"]
    data: list[Model]


class Usage(BaseModel):
    """Tokens that were counted."""

    prompt_tokens: int
    completion_tokens: int | None = None
    total_tokens: int


class Message(BaseModel):
    """What is said."""

    role: Literal["assistant"]
    content: str
    refusal: str | None


class Choice(BaseModel):
    """One way to go on."""

    index: int
    message: Message
    logprobs: None
    finish_reason: Literal["stop"]


class Provenance(BaseModel):
    """Where an answer came from, step by step."""

    source: Literal["upstream", "fallback"]
    chain: list[dict[str, Any]]


class ChatCompletion(BaseModel):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    provenance: Provenance
    fallback: Literal["breaker_open", "upstream_error"] | None = Field(
        None, description="Why the fallback spoke, if it did"
    )
    choices: list[Choice]
    usage: Usage


class Embedding(BaseModel):
    """One vector, of length 1."""

    object: Literal["embedding"]
    index: int
    embedding: list[float]


class EmbeddingList(BaseModel):
    """A vector for each text."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: Usage


class Thought(BaseModel):
    """One response."""

    id: str
    object: Literal["response"]
    created_at: int
    model: str
    status: Literal["completed"]
    output_text: str


class ThoughtList(BaseModel):
    """The responses that a caller got."""

    object: Literal["list"]
    data: list[Thought]
