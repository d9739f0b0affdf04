using System.Text;
using Engine.Cluster.Events;
using Engine.Storage.Records;

namespace Engine.Tests.Cluster;

/// <summary>Events to headers and back.</summary>
[TestFixture]
internal sealed class CloudEventHeadersTests
{
    [TestCase("shop", null)]
    [TestCase("Käse & \"Brot\" 100 %", "a\r\nb: c")]
    [TestCase("源 😀", " ")]
    public void What_goes_out_comes_in(string source, string? key)
    {
        var item = new StoredEvent
        {
            Id = Guid.NewGuid(),
            EventType = "order.placed",
            Version = 3,
            Sequence = 17,
            Data = Encoding.UTF8.GetBytes("{}"),
            ContentType = "application/json; charset=\"utf-8\"",
            Timestamp = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234567),
            Source = source,
            Key = key,
            CorrelationId = Guid.NewGuid(),
            CausationId = Guid.NewGuid(),
            Metadata = new Dictionary<string, string> { ["Größe"] = "1\n2", ["b"] = "" },
        };
        IReadOnlyDictionary<string, string> headers = CloudEventHeaders.Of(item);
        Assert.That(headers.Values, Has.All.Matches<string>(static value => value.All(static c => c is >= '!' and <= '~')));
        Assert.That(CloudEventHeaders.Read(name => headers.GetValueOrDefault(name), item.Data), Is.EqualTo(item));
    }

    [TestCase("ce-specversion", "0.3")]
    [TestCase("ce-id", "")]
    [TestCase("ce-type", null)]
    [TestCase("ce-source", null)]
    [TestCase("ce-time", "yesterday")]
    [TestCase("ce-metadata", "[1]")]
    public void What_is_no_event_is_refused_by_the_name_of_its_attribute(string name, string? value)
    {
        var headers = new Dictionary<string, string?>
        {
            ["ce-specversion"] = "1.0",
            ["ce-id"] = "1",
            ["ce-type"] = "a.b",
            ["ce-source"] = "s",
            [name] = value,
        };
        InvalidDataException? error = Assert.Throws<InvalidDataException>(
            () => CloudEventHeaders.Read(header => headers.GetValueOrDefault(header), "{}"u8.ToArray()));
        Assert.That(error!.Message, Does.Contain(name));
    }
}
