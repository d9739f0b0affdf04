using System.Diagnostics.Metrics;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Monitoring;
using Engine.Bus.Options;
using Engine.Storage.Facade;
using Engine.Tests.Architecture;
using Engine.Tests.Bus.Monitoring;
using Engine.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Tests.Documentation;

/// <summary>The tables about the bus in docs/ are those of the code, row by row.</summary>
internal sealed class BusDocumentTests
{
    [Test]
    public void Table_of_options_is_that_of_the_code()
    {
        var defaults = new EventBusOptions();
        IEnumerable<string> inCode = BusOptionKeys.All.Select(key => Row(
            Code(key.Path),
            key.Form,
            key.Format(defaults) is { Length: > 0 } text ? Code(text) : "none",
            key.Range.Length > 0 ? key.Range : "any",
            key.Change == OptionChange.AtOnce ? "yes" : "no"));
        Assert.That(RowsBelow("configuration.md", "| Key | Type |").Select(static row => string.Join("|", row.Split('|').Take(6)) + "|"),
            Is.EqualTo(inCode));
    }

    [Test]
    public void Rules_between_options_are_those_of_the_code() => Assert.That(
        RowsBelow("configuration.md", "| This | is at most this |"),
        Is.EqualTo(BusOptionsRules.AtMost.Select(static rule => Row(Code(rule.Left), Code(rule.Right)))));

    [Test]
    public void Table_of_keys_of_the_event_driven_architecture_is_that_of_the_code()
    {
        var defaults = new EventDrivenConfig();
        IEnumerable<string> inCode = EventDrivenKeys.All.Select(key => Row(
            Code(key.Path),
            key.Form,
            key.Format(defaults) is { Length: > 0 } text ? Code(text) : "none",
            key.Range.Length > 0 ? key.Range : "any"));
        Assert.That(RowsBelow("configuration.md", "| Key of `EventDriven` |").Select(
            static row => string.Join("|", row.Split('|').Take(5)) + "|"), Is.EqualTo(inCode));
    }

    [Test]
    public void Every_kind_of_alert_is_listed() => Assert.That(
        RowsBelow("diagnostics.md", "| Alert |").Select(static row => row.Split('|')[1].Trim()),
        Is.EqualTo(Enum.GetNames<AlertKind>().Select(Code)));

    [Test]
    public async Task Table_of_instruments_is_that_of_the_meter()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
        await using var factory = new EventBusFactory(meterFactory: meters);
        factory.Start();
        EventBus bus = factory.Get("document-test");
        bus.Subscribe<OrderCreated>(static (_, _, _) => ValueTask.CompletedTask, new() { Mode = ProcessingMode.Async });
        MessageSubscription messages = bus.SubscribeMessages<OrderCreated>();
        bus.Publish(new OrderCreated(1));
        messages.TryTake(out EventMessage message);
        message.Ack();
        using var reader = new BusMeterReader(meters);
        Eventually.IsTrue(() => reader.Collect().Keys.Any(static key => key.StartsWith("engine.bus.latency", StringComparison.Ordinal)));
        // Once more: the event may have been finished between two instruments of the look that saw it.
        reader.Collect();
        Assert.That(RowsBelow("diagnostics.md", "| Bus instrument |"), Is.EqualTo(reader.Instruments.Select(instrument => Row(
            Code(instrument.Name),
            instrument.GetType().Name.Replace("Observable", "", StringComparison.Ordinal).Split('`')[0],
            Code(instrument.Unit!),
            string.Join(", ", reader.Tags[instrument.Name].Skip(1).Select(Code)),
            instrument.Description!))));
        Assert.That(reader.Tags.Values.Select(static tags => tags[0]), Has.All.EqualTo("engine.bus"));
    }

    private static List<string> RowsBelow(string document, string header) =>
    [
        .. File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", document))
            .SkipWhile(line => !line.StartsWith(header, StringComparison.Ordinal)).Skip(2).TakeWhile(static line => line.StartsWith('|')),
    ];

    private static string Row(params string[] cells) => $"| {string.Join(" | ", cells)} |".Replace("|  |", "| |", StringComparison.Ordinal);

    private static string Code(string text) => $"`{text}`";
}
