using System.Text.Json;
using Engine.Bus.Configuration;
using Engine.Cluster.Contracts;
using Engine.Fleet.Cli;
using Engine.Tests.Architecture;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>The file that says how a broker is reached.</summary>
internal sealed class ConnectionFileTests
{
    private static readonly JsonSerializerOptions s_camelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void What_a_file_does_not_say_is_as_without_it()
    {
        var defaults = new ClusterOptions();
        Assert.Multiple(() =>
        {
            Assert.That(Read("{}"), Is.EqualTo(defaults));
            Assert.That(Read("""{ "url": "nats://a:1" }"""), Is.EqualTo(defaults with { Url = "nats://a:1" }));
            Assert.That(Read("""{ "shards": 16, /* more */ "userName": null, }"""), Is.EqualTo(defaults with { Shards = 16 }));
        });
        Read("{}").Validate();
    }

    [Test]
    public void The_file_of_the_documents_is_right()
    {
        string text = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "cluster.md"));
        string file = text[text.IndexOf("    { \"url\"", StringComparison.Ordinal)..];
        ClusterOptions options = Read(file[..(file.IndexOf('}', StringComparison.Ordinal) + 1)]);
        Assert.That((options.Shards, options.Replicas, options.MaxAge), Is.EqualTo((16, 3, TimeSpan.FromDays(7))));
        options.Validate();
    }

    [Test]
    public void What_it_says_is_taken()
    {
        var options = new ClusterOptions
        {
            Url = "tls://a:1",
            UserName = "u",
            Password = "p",
            CredentialsFile = "c",
            CaFile = "ca",
            CertificateFile = "cert",
            KeyFile = "key",
            Shards = 3,
            Replicas = 5,
            MaxStreamBytes = 1 << 21,
            MaxAge = TimeSpan.FromDays(2),
            DuplicateWindow = TimeSpan.FromSeconds(3),
            AnswerTimeout = TimeSpan.FromSeconds(4),
            AckWait = TimeSpan.FromSeconds(6),
        };
        string text = JsonSerializer.Serialize(options, s_camelCase);
        Assert.That(Read(text), Is.EqualTo(options));
        Assert.That(Read("\uFEFF" + text), Is.EqualTo(options), "behind a byte order mark");
    }

    [TestCase("""{ "url": "nats://a:1", "url": "nats://b:1" }""")]
    [TestCase("""{ "userName": "\ud800" }""")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("")]
    public void What_is_no_file_of_settings_is_refused_with_its_place(string text) =>
        Assert.That(() => Read(text), Throws.TypeOf<SettingsFormatException>().With.Message.Contains("broker.json"));

    [TestCase("""{ "ur": "nats://a:1" }""")]
    [TestCase("""{ "shards": "many" }""")]
    [TestCase("""{ "shards": [] }""")]
    public void What_is_no_option_is_refused(string text) => Assert.That(() => Read(text), Throws.InstanceOf<JsonException>());

    private ClusterOptions Read(string text) => ConnectionFile.Read(_folder.Write("broker.json", text));
}
