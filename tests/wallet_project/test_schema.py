"""The OpenAPI document says what every call has in common."""

import json

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_every_call_documents_its_problems_and_how_to_sign_in():
    answer = Client().get("/api/v1/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert answer.status_code == 200
    schema = json.loads(answer.content)
    assert schema["openapi"] == "3.1.0"
    assert set(schema["components"]["securitySchemes"]) == {"bearer", "cookie"}
    operations = [
        operation for item in schema["paths"].values() for operation in item.values() if "responses" in operation
    ]
    assert len(operations) >= 17
    for operation in operations:
        content = operation["responses"]["429"]["content"]
        assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert schema["paths"]["/api/v1/auth/login"]["post"].get("security", [{}]) == [{}]
    assert schema["paths"]["/api/v1/auth/me"]["get"]["security"] == [{"bearer": []}, {"cookie": []}]


def test_calls_that_move_money_document_their_key():
    schema = json.loads(Client().get("/api/v1/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json").content)
    parameters = schema["paths"]["/api/v1/transactions"]["post"]["parameters"]
    key = next(parameter for parameter in parameters if parameter["name"] == "Idempotency-Key")
    assert (key["in"], key["required"], key["schema"]["maxLength"]) == ("header", True, 64)


def test_the_viewer_loads_nothing_from_elsewhere():
    html = Client().get("/api/v1/docs/").content.decode()
    assert "https://" not in html
    assert "<script>" not in html
