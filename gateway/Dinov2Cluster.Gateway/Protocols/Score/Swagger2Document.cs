namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>The scoring protocol in Swagger 2.0.</summary>
internal static class Swagger2Document
{
    /// <summary>The document's bytes.</summary>
    public static ReadOnlyMemory<byte> Utf8 { get; } = """
        {
          "swagger": "2.0",
          "info": {
            "title": "Dinov2Cluster",
            "description": "DINOv2 image embeddings, in the scoring protocol of Azure Machine Learning.",
            "version": "1.0"
          },
          "schemes": ["http", "https"],
          "consumes": ["application/json"],
          "produces": ["application/json"],
          "paths": {
            "/": {
              "get": {
                "operationId": "ServiceHealthCheck",
                "description": "Says that the service is up.",
                "produces": ["text/plain"],
                "responses": {
                  "200": { "description": "Up.", "schema": { "type": "string" }, "examples": { "text/plain": "Healthy" } },
                  "default": { "description": "The request failed.", "schema": { "$ref": "#/definitions/ErrorResponse" } }
                }
              }
            },
            "/score": {
              "post": {
                "operationId": "RunMLService",
                "description": "Computes one embedding per image, in the order of the rows.",
                "parameters": [
                  {
                    "name": "serviceInputPayload",
                    "in": "body",
                    "required": true,
                    "schema": { "$ref": "#/definitions/ServiceInput" }
                  },
                  { "name": "azureml-model-deployment", "in": "header", "type": "string", "description": "Name of the model; without it the default one." },
                  { "name": "x-dinov2-deadline-ms", "in": "header", "type": "integer", "minimum": 1, "description": "Milliseconds after which the answer is of no use." },
                  { "name": "x-dinov2-priority", "in": "header", "type": "string", "enum": ["interactive", "bulk"], "description": "Whether interactive requests go first at the devices." },
                  { "name": "x-request-id", "in": "header", "type": "string", "maxLength": 100, "description": "Comes back on the reply." }
                ],
                "responses": {
                  "200": { "description": "The embeddings.", "schema": { "$ref": "#/definitions/ServiceOutput" } },
                  "429": {
                    "description": "The service is full.",
                    "headers": { "Retry-After": { "type": "integer", "description": "Seconds to wait." } },
                    "schema": { "$ref": "#/definitions/ErrorResponse" }
                  },
                  "default": { "description": "The request failed.", "schema": { "$ref": "#/definitions/ErrorResponse" } }
                }
              }
            }
          },
          "definitions": {
            "ServiceInput": {
              "type": "object",
              "required": ["input_data"],
              "properties": {
                "input_data": {
                  "type": "object",
                  "description": "The images as a table in split orientation. A list of records, [{\"image\": \"...\"}], is accepted too.",
                  "required": ["columns", "data"],
                  "properties": {
                    "columns": { "type": "array", "items": { "type": "string" }, "description": "Column names; one of them is image." },
                    "index": { "type": "array", "items": { "type": "integer" } },
                    "data": {
                      "type": "array",
                      "description": "One row per image: an http(s) URL, a data URI or base64.",
                      "items": { "type": "array", "items": { "type": "string" } }
                    }
                  }
                },
                "params": { "type": "object" }
              },
              "example": { "input_data": { "columns": ["image"], "index": [0], "data": [["https://example.org/cat.jpg"]] } }
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
        """u8.ToArray();
}
