"""Which values correlate a message (BPMN 2.0.2, 8.4.2)."""

from __future__ import annotations

MESSAGES = '<message id="m" name="M"/><message id="n" name="N"/>'


def property_of(name: str, *messages: str) -> str:
    """A correlation property, which stands in each message under its name and the message's."""
    return (
        f'<correlationProperty id="{name}">'
        + "".join(
            f'<correlationPropertyRetrievalExpression messageRef="tns:{message}"><messagePath>{name}_{message}'
            "</messagePath></correlationPropertyRetrievalExpression>"
            for message in messages
        )
        + "</correlationProperty>"
    )


def key_of(name: str, *properties: str) -> str:
    """A correlation key."""
    references = "".join(f"<correlationPropertyRef>tns:{one}</correlationPropertyRef>" for one in properties)
    return f'<correlationKey id="{name}">{references}</correlationKey>'


def bound(*properties: str) -> str:
    """A correlation subscription of a process."""
    return (
        '<correlationSubscription id="s">'
        + "".join(
            f'<correlationPropertyBinding correlationPropertyRef="{one}"><dataPath>data.{one}</dataPath>'
            "</correlationPropertyBinding>"
            for one in properties
        )
        + "</correlationSubscription>"
    )


def test_correlation_key_gives_a_message_its_properties_in_order(bpmn):
    """The first key of the file of which the message has all properties, whatever it has beside."""
    roots = MESSAGES + property_of("a", "m", "n") + property_of("b", "m", "n") + property_of("c", "m")
    keys = "".join((key_of("none"), key_of("d", "c", "d"), key_of("all", "c", "a"), key_of("two", "b", "a")))

    found = bpmn.graph(bound("a"), roots=roots + f'<collaboration id="co">{keys}</collaboration>').correlations

    assert {name: one.key_id for name, one in found.items()} == {"M": "all", "N": "two"}
    assert [one.message_path.value for one in found["M"].properties] == ["c_m", "a_m"]
    assert [one.message_path.value for one in found["N"].properties] == ["b_n", "a_n"]
    assert [one.data_path and one.data_path.value for one in found["N"].properties] == [None, "data.a"]
    assert not found["N"].is_bound


def test_subscription_binds_the_properties_of_a_key(bpmn):
    """All of them, or it binds nothing."""
    roots = MESSAGES + property_of("a", "m") + property_of("b", "m") + key_of("k", "a", "b")

    assert bpmn.graph(bound("a", "b"), roots=roots).correlations["M"].is_bound
    assert not bpmn.graph(bound("b"), roots=roots).correlations["M"].is_bound


def test_only_property_of_a_message_is_its_key(bpmn):
    """No key has to name it; several that no key names together tell nothing."""
    roots = MESSAGES + property_of("a", "m", "n") + property_of("b", "n")

    found = bpmn.graph("", roots=roots).correlations

    assert (found["M"].key_id, len(found["M"].properties)) == ("a", 1)
    assert (found["N"].key_id, found["N"].properties) == ("", ())


def test_message_without_property_has_no_correlation(bpmn):
    """Nor has one whose retrieval expression leads to another file."""
    roots = MESSAGES + property_of("a", "m").replace("tns:m", "tns:other")

    assert bpmn.graph("", roots=roots).correlations == bpmn.graph("", roots=MESSAGES).correlations == {}
