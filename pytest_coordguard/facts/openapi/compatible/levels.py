"""Where a rule of schemas weighs other than its effect says: the reasons stand beside."""

from __future__ import annotations

from pytest_coordguard.facts.openapi.compatible.level import Level
from pytest_coordguard.facts.openapi.compatible.schema.limits import LIMITS

NONE, INFO, WARNING, ERROR = Level
WHERE = {
    "parameter": "in a parameter",
    "request": "in a request's body",
    "response": "in a response's body",
    "header": "in a response's header",
}
CONTRACT = {
    # A request may hold what no schema names, and a response may leave out what is not required: no line of the
    # contract is broken, and still whoever relied on the property is.
    "parameter-property-removed": WARNING,
    "request-property-removed": WARNING,
    "response-property-removed": WARNING,
    "header-property-removed": WARNING,
    # "SHOULD NOT be sent as part of the request" (OAS 3.0.4, `readOnly`): it may still be.
    "parameter-property-became-hidden": WARNING,
    "request-property-became-hidden": WARNING,
    "parameter-required-property-became-hidden": WARNING,
    "request-required-property-became-hidden": WARNING,
    # What a request leaves out means the default: another one is another request.
    "request-default-changed": ERROR,
    "request-default-removed": ERROR,
    "request-default-added": WARNING,
    "parameter-default-changed": ERROR,
    "parameter-default-removed": ERROR,
    "parameter-default-added": WARNING,
    # Outside JSON there is no way to write null: what allows it says what reading an absent value gives.
    "parameter-null-refused": WARNING,
    "header-null-allowed": WARNING,
    # Whether any value meets two branches cannot be told.
    "parameter-union-kind-changed": WARNING,
    "request-union-kind-changed": WARNING,
    # What reads the value by its discriminator reads it otherwise.
    **{
        f"{area}-discriminator-{step}": WARNING
        for area in ("parameter", "request", "response", "header")
        for step in ("set", "removed")
    },
    **{f"{area}-stability-lowered": WARNING for area in ("parameter", "request", "response", "header")},
}
SUNSETS = {f"{area}-sunset-{step}": ERROR for area in WHERE for step in
           ("missing", "unreadable", "too-soon", "moved-up", "removed")}  # fmt: skip
CONTRACT |= SUNSETS
# What a member of `allOf` says is judged; which component says it is no part of the contract.
CONTRACT |= {f"{area}-all-of-{step}": NONE for area in WHERE for step in ("added", "removed")}
# By rule, or by side of the wire and aspect. Read from oasdiff's own catalogue of checks, 1.x of August 2026.
OASDIFF = {
    **SUNSETS,
    "request:union-branch-merged": ERROR,
    "response:union-branch-split": ERROR,
    "request:all-of-added": ERROR,
    "request:all-of-removed": WARNING,
    "response:const-removed": ERROR,
    "parameter-default-changed": ERROR,
    "parameter-default-removed": ERROR,
    "parameter-default-added": ERROR,
    **{f"request:{each.name}-set": WARNING for each in LIMITS if each.keyword not in ("minLength", "minContains")},
    "request:max-contains-set": ERROR,
    **{f"{area}-{end}-items-{step}": NONE for area in ("request",) for end in ("max",) for step in ("set", "lowered")},
    "response:minimum-removed": NONE,
    "response:maximum-removed": NONE,
    **{f"response:max-items-{step}": NONE for step in ("removed", "raised")},
    **{
        f"{side}:{end}-properties-{step}": NONE
        for side in ("request", "response")
        for end in ("min", "max")
        for step in ("set", "removed", "raised", "lowered")
    },
    **{f"{side}:unique-items-{step}": NONE for side in ("request", "response") for step in ("set", "removed")},
    **{
        f"{side}:multiple-of-{step}": NONE
        for side in ("request", "response")
        for step in ("set", "removed", "narrowed", "widened", "changed")
    },
    "request:pattern-changed": WARNING,
    "response:pattern-changed": INFO,
    "response:pattern-removed": INFO,
    "request:property-removed": WARNING,
    "request:property-refused": WARNING,
    "response:property-removed": WARNING,
    "response:property-admitted": INFO,
    "response:required-property-became-hidden": INFO,
    "request:required-property-became-shown": INFO,
    "response:required-property-became-shown": WARNING,
    "request:property-became-hidden": INFO,
    "request:required-property-became-hidden": INFO,
    "response:enum-value-added": WARNING,
    "response:enum-removed": NONE,
    "response:extensible-value-added": NONE,
    **{
        f"{side}:additional-properties-{step}": NONE
        for side in ("request", "response")
        for step in ("refused", "admitted", "constrained", "freed")
    },
    **{
        f"{side}:items-{step}": NONE
        for side in ("request", "response")
        for step in ("refused", "admitted", "constrained", "freed")
    },
    "request:prefix-item-added": INFO,
    "request:prefix-item-removed": ERROR,
    "response:prefix-item-added": ERROR,
    "response:prefix-item-removed": INFO,
    "request:pattern-property-admitted": ERROR,
    "response:pattern-property-refused": ERROR,
    **{
        f"{side}:discriminator-{step}": INFO
        for side in ("request", "response")
        for step in ("set", "removed", "property-changed", "value-removed", "value-added", "value-changed")
    },
    "request:wrapped-in-union": ERROR,
    "response:wrapped-in-union": ERROR,
    "request:stability-lowered": ERROR,
    "response:stability-lowered": ERROR,
    **{f"{side}:not-{step}": NONE for side in ("request", "response") for step in
       ("set", "removed")},
    "parameter-format-set": ERROR,
}  # fmt: skip
