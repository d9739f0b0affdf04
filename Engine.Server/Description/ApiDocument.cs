using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Engine.Gateway.Access;
using Engine.Gateway.Hosting;
using Engine.Gateway.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Engine.Server.Description;

/// <summary>
/// Describes the endpoints as an OpenAPI document. They read their parameters themselves, so that all that is wrong is told at once;
/// what they take and answer is in notes beside them. An endpoint without a note is described by its path.
/// </summary>
internal static class ApiDocument
{
    public const string Path = "/openapi/v1.json";

    private const string Key = "key";

    private static readonly string[] s_described = ["/api/", "/health/", "/metrics", "/openapi/"];

    public static HostExtension Extension { get; } = new(Add, Map);

    /// <summary>Whether an endpoint belongs into the document: pages and their files do not.</summary>
    public static bool IsDescribed(RouteEndpoint endpoint) =>
        s_described.Any(prefix => PathOf(endpoint).StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The path as the document has it: without constraints.</summary>
    public static string PathOf(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(
        static segment => string.Concat(segment.Parts.Select(static part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
            _ => "",
        }))));

    private static void Add(WebApplicationBuilder builder)
    {
        builder.Services.ConfigureHttpJsonOptions(static options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
        });
        builder.Services.AddOpenApi(static options => options.AddDocumentTransformer(DescribeAsync));
    }

    private static void Map(WebApplication app) => app.MapOpenApi(Path).Noted(new EndpointNote("This document.", null)
    {
        ContentType = "application/json",
    }).Add(static endpoint =>
    {
        RequestDelegate serve = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = EngineServerExtensions.Guarded((context, _) => serve(context));
    });

    private static async Task DescribeAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Engine.Server",
            Version = "v1",
            Description = "Events of a virtual machine, its bus and its store. Errors are problems as RFC 9457 has them.",
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Key] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = $"An API key. It may be sent as X-Api-Key, or as the parameter {AccessGuard.QueryParameter}, too. " +
                    "Where none is configured, only the same machine comes in, and needs none.",
            },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas["Problem"] = await context.GetOrCreateSchemaAsync(
            typeof(HttpValidationProblemDetails), null, cancellationToken).ConfigureAwait(false);
        document.Paths.Clear();
        foreach (RouteEndpoint endpoint in context.ApplicationServices.GetRequiredService<EndpointDataSource>().Endpoints
            .OfType<RouteEndpoint>().Where(IsDescribed).OrderBy(PathOf, StringComparer.Ordinal))
        {
            OpenApiOperation operation = await OperationOfAsync(endpoint, document, context, cancellationToken).ConfigureAwait(false);
            var path = (OpenApiPathItem?)document.Paths.GetValueOrDefault(PathOf(endpoint)) ?? new OpenApiPathItem();
            document.Paths[PathOf(endpoint)] = path;
            foreach (string method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                path.AddOperation(HttpMethod.Parse(method), operation);
        }
    }

    private static async Task<OpenApiOperation> OperationOfAsync(
        RouteEndpoint endpoint, OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        EndpointNote note = endpoint.Metadata.GetMetadata<EndpointNote>() ?? new EndpointNote(endpoint.DisplayName ?? "", null);
        var content = new OpenApiMediaType();
        if (note.Answer is { } answer)
        {
            OpenApiSchema schema = await context.GetOrCreateSchemaAsync(answer, null, cancellationToken).ConfigureAwait(false);
            AllowNulls(schema, answer);
            document.Components!.Schemas![answer.Name] = schema;
            content.Schema = new OpenApiSchemaReference(answer.Name, document);
        }

        var operation = new OpenApiOperation
        {
            Summary = note.Summary,
            Parameters = [.. ParametersOf(endpoint, note)],
            Responses = new OpenApiResponses
            {
                ["200"] = new OpenApiResponse
                {
                    Description = "The answer.",
                    Content = new Dictionary<string, OpenApiMediaType> { [note.ContentType] = content },
                },
            },
        };
        foreach ((int status, string text) in note.Others)
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse { Description = text };
        if (endpoint.RoutePattern.RawText?.Contains("/health/", StringComparison.Ordinal) == true)
            return operation;
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Key, document)] = [] }];
        operation.Responses["4XX"] = operation.Responses["5XX"] = new OpenApiResponse
        {
            Description = "What is wrong, all of it at once; without a key where one is needed: 401; with one that may not: 403.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new OpenApiMediaType { Schema = new OpenApiSchemaReference("Problem", document) },
            },
        };
        return operation;
    }

    // Of objects within, the schema does not say whether they may be null.
    private static void AllowNulls(OpenApiSchema schema, Type type)
    {
        var nullability = new NullabilityInfoContext();
        foreach (PropertyInfo property in type.GetProperties())
        {
            if (nullability.Create(property).ReadState == NullabilityState.Nullable && schema.Properties is { } properties
                && properties.TryGetValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), out IOpenApiSchema? found)
                && found is OpenApiSchema { Type: not null } named)
                named.Type |= JsonSchemaType.Null;
        }
    }

    private static IEnumerable<IOpenApiParameter> ParametersOf(RouteEndpoint endpoint, EndpointNote note)
    {
        string[] inPath = [.. endpoint.RoutePattern.Parameters.Select(static parameter => parameter.Name)];
        IEnumerable<ParameterNote> unnoted = inPath.Except(note.Parameters.Select(static parameter => parameter.Name))
            .Select(static name => new ParameterNote(name, ""));
        return note.Parameters.Concat(unnoted).Select(parameter => new OpenApiParameter
        {
            Name = parameter.Name,
            In = inPath.Contains(parameter.Name) ? ParameterLocation.Path : ParameterLocation.Query,
            Required = inPath.Contains(parameter.Name),
            Description = parameter.Text,
            Schema = parameter.IsRepeated
                ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = SchemaOf(parameter.Kind) }
                : SchemaOf(parameter.Kind),
        });
    }

    private static OpenApiSchema SchemaOf(ParameterKind kind) => kind switch
    {
        ParameterKind.Number => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
        ParameterKind.Time => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        ParameterKind.Flag => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        ParameterKind.Id => new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" },
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
