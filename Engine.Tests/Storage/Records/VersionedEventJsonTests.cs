using System.Buffers;
using System.Text;
using System.Text.Json;
using Engine.Storage.Records;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Records;

internal sealed class VersionedEventJsonTests
{
    [Test]
    public void What_is_written_is_read_again()
    {
        StoredEvent item = SampleEvents.Event(data: """{"user_id":7}""", key: "k") with
        {
            Version = 2,
            Metadata = new Dictionary<string, string>(),
        };
        var buffer = new ArrayBufferWriter<byte>();
        VersionedEventJson.Write(item, buffer);
        Assert.That(
            Encoding.UTF8.GetString(buffer.WrittenSpan),
            Does.StartWith("""{"version":"v2","type":"order.created","data":{"user_id":7},"""));
        Assert.That(VersionedEventJson.Read(buffer.WrittenMemory), Is.EqualTo(item));
    }

    [TestCase("v2", 2)]
    [TestCase("2", 2)]
    [TestCase("1.0", 1)]
    [TestCase("V3", 3)]
    [TestCase("v0", 0)]
    [TestCase("v", 0)]
    [TestCase("1.1", 0)]
    [TestCase("-1", 0)]
    [TestCase("99999999999", 0)]
    [TestCase(null, 0)]
    public void Versions_have_three_forms(string? text, int expected)
    {
        Assert.That(VersionedEventJson.TryParseVersion(text, out int version), Is.EqualTo(expected > 0));
        Assert.That(version, Is.EqualTo(expected));
    }

    [Test]
    public void A_version_is_not_guessed_unless_that_is_asked_for()
    {
        byte[] json = """{"type":"user.activity","data":{}}"""u8.ToArray();
        Assert.That(
            Assert.Throws<EventValidationException>(() => VersionedEventJson.Read(json))!.Problems.Single().Code,
            Is.EqualTo(EventErrorCode.InvalidVersion));
        var time = new ManualTime();
        StoredEvent read = VersionedEventJson.Read(json, time, assumeVersion: 3);
        Assert.That((read.Version, read.Source, read.Timestamp), Is.EqualTo((3, "event_converter", time.GetUtcNow())));
    }

    [TestCase("[]")]
    [TestCase("""{"version":"v1","type":"a"}""")]
    [TestCase("""{"version":"v1","data":{}}""")]
    [TestCase("""{"version":"v1","type":1,"data":{}}""")]
    [TestCase("""{"version":"v1","type":"a","data":{},"meta":{"timestamp":"yesterday"}}""")]
    public void What_has_another_form_is_a_named_problem(string json) =>
        Assert.Throws<EventValidationException>(() => VersionedEventJson.Read(Encoding.UTF8.GetBytes(json)));

    [Test]
    public void What_is_no_json_is_refused() =>
        Assert.That(static () => VersionedEventJson.Read("{"u8.ToArray()), Throws.InstanceOf<JsonException>());
}
