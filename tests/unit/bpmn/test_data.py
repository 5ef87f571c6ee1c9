"""Data of BPMN as variables, mappings and business objects."""

from __future__ import annotations

import pytest

from bpmgrpc.bpmn.model import BusinessObjectField
from tests.unit.bpmn.conftest import Bpmn

DATA = (
    '<dataObject id="DO_1" name="data"/><dataObjectReference id="ref" name="data [old]" dataObjectRef="DO_1"/>'
    '<property id="total"/><dataStoreReference id="store" name="Archive"/>'
)


TWO_SOURCES = "<sourceRef>ref</sourceRef><sourceRef>total</sourceRef>"


def task(inner: str) -> str:
    """Writes a task with a data input and a data output."""
    return (
        f'{DATA}<task id="n"><ioSpecification><dataInput id="in" name="Data Input"/><dataOutput id="out"/>'
        f"</ioSpecification>{inner}</task>"
    )


def mappings(bpmn: Bpmn, inner: str) -> list[tuple[str, str]]:
    """Reads the task and returns source and target of its mappings, inputs first."""
    node = bpmn.node(task(inner))
    return [(mapping.source.value, mapping.target) for mapping in (*node.inputs, *node.outputs)]


@pytest.mark.parametrize(
    ("source", "variable"),
    (("ref", "${data}"), ("tns:ref", "${data}"), ("DO_1", "${data}"), ("total", "${total}"), ("store", "${Archive}")),
)
def test_input_association_copies_a_variable(bpmn: Bpmn, source: str, variable: str) -> None:
    """An item-aware element is the variable of its name, else of its id; a reference is what it refers to."""
    inner = f"<dataInputAssociation><sourceRef>{source}</sourceRef><targetRef>in</targetRef></dataInputAssociation>"

    assert mappings(bpmn, inner) == [(variable, "Data Input")]


def test_output_association_copies_a_variable(bpmn: Bpmn) -> None:
    """An output association is an output mapping."""
    inner = "<dataOutputAssociation><sourceRef>out</sourceRef><targetRef>ref</targetRef></dataOutputAssociation>"

    assert mappings(bpmn, inner) == [("${out}", "data")]


def test_transformation_is_the_source(bpmn: Bpmn) -> None:
    """A transformation's value becomes the target."""
    inner = (
        "<dataInputAssociation><sourceRef>ref</sourceRef><sourceRef>total</sourceRef><targetRef>in</targetRef>"
        "<transformation>data + total</transformation></dataInputAssociation>"
    )

    assert mappings(bpmn, inner) == [("${data + total}", "Data Input")]


def test_transformation_in_a_box_of_dmn_is_read(bpmn: Bpmn) -> None:
    """A literal expression of DMN within a transformation is FEEL."""
    box = "<![CDATA[<d:literalExpression xmlns:d='u'><d:text>data.days &gt; 3</d:text></d:literalExpression>]]>"
    node = bpmn.node(
        task(
            "<dataInputAssociation><sourceRef>ref</sourceRef><targetRef>in</targetRef>"
            f"<transformation>{box}</transformation></dataInputAssociation>"
        )
    )

    (mapping,) = node.inputs
    assert (mapping.source.value, mapping.source.language) == ("=data.days > 3", "feel")


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    (
        ("data.price * 2", "in", ("${data.price * 2}", "Data Input")),
        ("=data.price", "${order.price}", ("=data.price", "order.price")),
        ("ref", "order.item", ("${data}", "order.item")),
        ('"String"', "=in", ('${"String"}', "Data Input")),
    ),
)
def test_assignment_maps_from_to(bpmn: Bpmn, source: str, target: str, expected: tuple[str, str]) -> None:
    """An assignment's from is an expression, its to a data element or a path."""
    inner = (
        f"<dataInputAssociation><targetRef>in</targetRef><assignment><from>{source}</from><to>{target}</to>"
        "</assignment></dataInputAssociation>"
    )

    assert mappings(bpmn, inner) == [expected]


@pytest.mark.parametrize(
    ("inner", "reason"),
    (
        (
            "<dataInputAssociation><sourceRef>ref</sourceRef><targetRef>nothing</targetRef></dataInputAssociation>",
            "data association to 'nothing', which names no data: not copied",
        ),
        (
            "<dataInputAssociation><sourceRef>n</sourceRef><targetRef>in</targetRef></dataInputAssociation>",
            "data association with source 'n': not copied",
        ),
        (
            f"<dataInputAssociation>{TWO_SOURCES}<targetRef>in</targetRef></dataInputAssociation>",
            "data association with 2 sources and no transformation: not copied",
        ),
        (
            "<dataInputAssociation><targetRef>in</targetRef><assignment><to>in</to></assignment></dataInputAssociation>",
            "assignment without from or to: nothing is assigned",
        ),
    ),
)
def test_association_that_copies_nothing_is_noted(bpmn: Bpmn, inner: str, reason: str) -> None:
    """What cannot be copied is ignored with a finding."""
    assert mappings(bpmn, inner) == []
    assert bpmn.ignored(task(inner)) == [reason]


@pytest.mark.parametrize(
    ("structure", "type"),
    (
        ("xsd:string", "string"),
        ("String", "string"),
        ("java.lang.Integer", "integer"),
        ("xsd:long", "integer"),
        ("feel:number", "decimal"),
        ("xsd:boolean", "boolean"),
        ("xsd:dateTime", "date"),
        ("xsd:time", "time"),
        ("com.acme.Room", "object"),
        ("", "object"),
    ),
)
def test_data_object_is_a_business_object_of_its_type(bpmn: Bpmn, structure: str, type: str) -> None:
    """Type names of XML Schema, Java and FEEL are one set."""
    graph = bpmn.graph(
        '<dataObject id="d" name="thing" itemSubjectRef="tns:item"/>',
        roots=f'<itemDefinition id="item" structureRef="{structure}"/>',
    )

    assert graph.business_objects == (BusinessObjectField("thing", type),)


def test_type_may_be_named_without_item_definition(bpmn: Bpmn) -> None:
    """Flowable names the type itself; a collection is a list."""
    graph = bpmn.graph('<property id="names" itemSubjectRef="xsd:string" isCollection="true"/>')

    assert graph.business_objects == (BusinessObjectField("names", "string", is_list=True),)


def test_fields_declare_a_structure(bpmn: Bpmn) -> None:
    """Fields nest, and name other item definitions; one that no data object uses is a business object by itself."""
    roots = (
        '<itemDefinition id="Room"><extensionElements><bpmgrpc:field name="status" type="string"/>'
        '<bpmgrpc:field name="beds" list="true"><bpmgrpc:field name="width" type="decimal"/></bpmgrpc:field>'
        '</extensionElements></itemDefinition><itemDefinition id="Hotel"><extensionElements>'
        '<bpmgrpc:field name="rooms" type="Room" list="true"/></extensionElements></itemDefinition>'
    )
    room = (
        BusinessObjectField("status", "string"),
        BusinessObjectField("beds", "object", is_list=True, fields=(BusinessObjectField("width", "decimal"),)),
    )

    graph = bpmn.graph('<dataObject id="d" name="RoomObject" itemSubjectRef="Room"/>', roots=roots)

    assert graph.business_objects == (
        BusinessObjectField("RoomObject", "object", fields=room),
        BusinessObjectField(
            "Hotel", "object", fields=(BusinessObjectField("rooms", "object", is_list=True, fields=room),)
        ),
    )


def test_structure_that_holds_itself_ends(bpmn: Bpmn) -> None:
    """A recursive structure is cut, and its cost bounded."""
    fields = '<bpmgrpc:field name="x" type="A"/>' * 20
    roots = f'<itemDefinition id="A"><extensionElements>{fields}</extensionElements></itemDefinition>'

    (found,) = bpmn.graph('<dataObject id="d" itemSubjectRef="A"/>', roots=roots).business_objects

    def count(field: BusinessObjectField) -> int:
        return 1 + sum(count(inner) for inner in field.fields)

    assert count(found) <= 10_500


def test_initial_value_of_a_data_object_is_mentioned(bpmn: Bpmn) -> None:
    """Flowable's initial values are not set, which changes behaviour."""
    value = "<extensionElements><flowable:value>5</flowable:value></extensionElements>"
    body = f'<dataObject id="d" name="x">{value}</dataObject>'

    assert bpmn.ignored(body) == [
        "flowable:value: variables have no initial value: set it when starting, or in a first task"
    ]
