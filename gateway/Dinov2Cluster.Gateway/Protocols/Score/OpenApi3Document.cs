namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>The scoring protocol in OpenAPI 3.0.</summary>
internal static class OpenApi3Document
{
    /// <summary>The document's bytes.</summary>
    public static ReadOnlyMemory<byte> Utf8 { get; } = """
        {
          "openapi": "3.0.3",
          "info": {
            "title": "Dinov2Cluster",
            "description": "DINOv2 image embeddings, in the scoring protocol of Azure Machine Learning.",
            "version": "1.0"
          },
          "paths": {
            "/": {
              "get": {
                "operationId": "ServiceHealthCheck",
                "description": "Says that the service is up.",
                "responses": {
                  "200": { "description": "Up.", "content": { "text/plain": { "schema": { "type": "string", "example": "Healthy" } } } },
                  "default": { "$ref": "#/components/responses/Error" }
                }
              }
            },
            "/score": {
              "post": {
                "operationId": "RunMLService",
                "description": "Computes one embedding per image, in the order of the rows.",
                "parameters": [
                  { "name": "azureml-model-deployment", "in": "header", "schema": { "type": "string" }, "description": "Name of the model; without it the default one." },
                  { "name": "x-dinov2-deadline-ms", "in": "header", "schema": { "type": "integer", "minimum": 1 }, "description": "Milliseconds after which the answer is of no use." },
                  { "name": "x-dinov2-priority", "in": "header", "schema": { "type": "string", "enum": ["interactive", "bulk"] }, "description": "Whether interactive requests go first at the devices." },
                  { "name": "x-request-id", "in": "header", "schema": { "type": "string", "maxLength": 100 }, "description": "Comes back on the reply." }
                ],
                "requestBody": {
                  "required": true,
                  "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ServiceInput" } } }
                },
                "responses": {
                  "200": {
                    "description": "The embeddings.",
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ServiceOutput" } } }
                  },
                  "429": {
                    "description": "The service is full.",
                    "headers": { "Retry-After": { "schema": { "type": "integer" }, "description": "Seconds to wait." } },
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorResponse" } } }
                  },
                  "default": { "$ref": "#/components/responses/Error" }
                }
              }
            }
          },
          "components": {
            "responses": {
              "Error": {
                "description": "The request failed.",
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorResponse" } } }
              }
            },
            "schemas": {
              "ServiceInput": {
                "type": "object",
                "required": ["input_data"],
                "properties": {
                  "input_data": { "oneOf": [{ "$ref": "#/components/schemas/SplitTable" }, { "$ref": "#/components/schemas/Records" }] },
                  "params": { "type": "object", "nullable": true }
                },
                "example": { "input_data": { "columns": ["image"], "index": [0], "data": [["https://example.org/cat.jpg"]] } }
              },
              "SplitTable": {
                "type": "object",
                "required": ["columns", "data"],
                "properties": {
                  "columns": { "type": "array", "items": { "type": "string" }, "description": "Column names; one of them is image." },
                  "index": { "type": "array", "items": {}, "nullable": true },
                  "data": {
                    "type": "array",
                    "description": "One row per image: an http(s) URL, a data URI or base64 in the image column.",
                    "items": { "type": "array", "items": {} }
                  }
                }
              },
              "Records": {
                "type": "array",
                "items": { "type": "object", "required": ["image"], "properties": { "image": { "type": "string" } } }
              },
              "ServiceOutput": {
                "type": "array",
                "items": {
                  "type": "object",
                  "required": ["image_features"],
                  "properties": { "image_features": { "type": "array", "items": { "type": "number", "format": "float" } } }
                }
              },
              "ErrorResponse": { "type": "object", "required": ["message"], "properties": { "message": { "type": "string" } } }
            }
          }
        }
        """u8.ToArray();
}
