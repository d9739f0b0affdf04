using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Engine.Gateway.Events;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Engine.Tests.Architecture;

namespace Engine.Tests.Server;

/// <summary>The eight standard event types: their examples go in and out byte by byte, and their schemas are those in the docs.</summary>
public sealed class GatewayEventTests
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "docs", "schemas");

    private static IEnumerable<string> Standard => EventCatalog.Standard.Select(static type => type.EventName.Replace('.', '_'));

    [TestCaseSource(nameof(Standard))]
    public async Task Example_comes_out_as_it_went_in(string wireName)
    {
        JsonObject example = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "examples", $"{wireName}.json")))!.AsObject();
        await using var gateway = new EventGateway();
        Assert.That(gateway.Catalog.TryGet(wireName, out GatewayEventType? type), Is.True);
        var publisher = new ExamplePublisher(gateway, example);
        type!.Accept(publisher);

        Assert.That(publisher.Outcome, Is.EqualTo(GatewayPublishOutcome.Published));
        var batch = new FrameBatch { UpTo = 1 };
        await gateway.History.ReadAsync(batch, default);
        Assert.That(Encoding.UTF8.GetString(batch.Frames[0].Envelope.Span), Is.EqualTo(example.ToJsonString()));
        Assert.That(
            Encoding.UTF8.GetString(batch.Frames[0].Block.Span),
            Is.EqualTo($"id: {gateway.History.Epoch}:1\nevent: {wireName}\ndata: {example.ToJsonString()}\n\n"));
    }

    [TestCaseSource(nameof(Standard))]
    public void Schema_is_the_one_in_the_docs(string wireName)
    {
        var catalog = new EventCatalog(EventCatalog.Standard);
        Assert.That(catalog.TryGet(wireName, out GatewayEventType? type), Is.True);
        JsonTypeInfo json = GatewayJsonContext.Find(type!.Type)!;
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = wireName,
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["event"] = new JsonObject { ["const"] = wireName },
                ["timestamp"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
                ["resource_id"] = new JsonObject
                {
                    ["type"] = "string",
                    ["minLength"] = 1,
                    ["maxLength"] = EventGateway.MaxResourceIdLength,
                },
                ["data"] = json.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true }),
            },
            ["required"] = new JsonArray("event", "timestamp", "resource_id", "data"),
        };
        string actual = schema.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
        string path = Path.Combine(Folder, $"{wireName}.schema.json");
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
            File.WriteAllText(path, actual);
        Assert.That(File.Exists(path) ? File.ReadAllText(path) : "", Is.EqualTo(actual));
    }

    [Test]
    public void Bad_events_say_all_that_is_wrong()
    {
        Assert.That(new PipelineProgress(4, 3, 101, null!).FindProblems().Count(), Is.EqualTo(3));
        Assert.That(new SystemLog("loud", "", "m", "", null, null).FindProblems().Count(), Is.EqualTo(3));
        Assert.That(
            new NodeMetrics(new(double.NaN, -1, null), new(-1, 0, 0), new(0, 0, 0), new(0, 0, 0), null).FindProblems().Count(),
            Is.EqualTo(3));
    }

    [Test]
    public void Names_of_messages_of_the_gateway_are_reserved() =>
        Assert.That(
            () => new EventCatalog([GatewayEventType.Of(GatewayJsonContext.Of<NodeStatus>(), wireName: "gap")]),
            Throws.ArgumentException.With.Message.Contains("gap"));

    private sealed class ExamplePublisher(EventGateway gateway, JsonObject example) : IGatewayTypeVisitor
    {
        public GatewayPublishOutcome? Outcome { get; private set; }

        public void Visit<T>()
            where T : IGatewayEvent<T>
        {
            var json = (JsonTypeInfo<T>)GatewayJsonContext.Find(typeof(T))!;
            Outcome = gateway.Publish(
                example["data"].Deserialize(json)!, (string)example["resource_id"]!, DateTimeOffset.Parse((string)example["timestamp"]!));
        }
    }
}
