using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Reflection;
using Engine.Diagnostics;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Architecture;
using Engine.Tests.Diagnostics;
using Engine.Tests.Support;

namespace Engine.Tests.Documentation;

/// <summary>The tables of docs/diagnostics.md are those of the code, row by row.</summary>
internal sealed class DiagnosticsDocumentTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", "diagnostics.md"));

    [Test]
    public void Table_of_events_is_that_of_the_event_source()
    {
        IEnumerable<string> inCode = typeof(EngineEventSource).GetMethods()
            .Select(static method => (Method: method, Event: method.GetCustomAttribute<EventAttribute>()))
            .Where(static pair => pair.Event is not null)
            .OrderBy(static pair => pair.Event!.EventId)
            .Select(static pair => Row(
                pair.Event!.EventId.ToString(), Code(pair.Method.Name), pair.Event.Level.ToString(), Code(NameOf(pair.Event.Keywords)),
                string.Join(", ", pair.Method.GetParameters().Skip(1).Select(static parameter => Code(parameter.Name!)))));
        Assert.That(RowsBelow("| Id | Event |"), Is.EqualTo(inCode));
        Assert.That(
            typeof(EngineEventSource).GetMethods().Where(static method => method.IsDefined(typeof(EventAttribute)))
                .Select(static method => method.GetParameters()[0].Name), Has.All.EqualTo("engine"));
    }

    [Test]
    public void Keywords_are_listed_with_their_values()
    {
        IEnumerable<string> inCode = typeof(EngineEventSource.Keywords).GetFields()
            .Select(static field => $"{Code(field.Name)} 0x{(long)field.GetRawConstantValue()!:X}");
        Assert.That(Lines, Has.One.EqualTo($"Keywords: {string.Join(", ", inCode)}."));
    }

    [Test]
    public void Table_of_instruments_is_that_of_the_meter()
    {
        using var reader = new MeterReader("document-test");
        EventEngine engine = Engines.Start(configure: static options => options.Name = "document-test");
        engine.SubscribeBatch<Number>(static (_, in _) => { });
        using EventProducer producer = engine.CreateProducer();
        producer.GetLane<Number>().Publish(new Number(1));
        Eventually.IsTrue(() => engine.LedgerOf<Number>().Buffered == 0);
        reader.Collect();
        engine.StopDrained();

        Assert.That(RowsBelow("| Instrument | Kind |"), Is.EqualTo(reader.Instruments.Select(instrument => Row(
            Code(instrument.Name), KindOf(instrument), Code(instrument.Unit!),
            string.Join(", ", reader.Tags[instrument.Name].Split(' ').Skip(1).Select(Code)), instrument.Description!))));
    }

    [Test]
    public void Table_of_event_counters_is_what_a_session_gets()
    {
        using var listener = new CounterListener();
        Eventually.IsTrue(() => listener.Counters.Count >= RowsBelow("| Event counter |").Count);

        Assert.That(RowsBelow("| Event counter |"), Is.EquivalentTo(listener.Counters.Select(static counter => Row(
            Code((string)counter["Name"]!), counter.ContainsKey("Increment") ? "Rate" : "Value",
            Code((string)counter["DisplayUnits"]!), (string)counter["DisplayName"]!))));
    }

    private static List<string> RowsBelow(string header) =>
        [.. Lines.SkipWhile(line => !line.StartsWith(header, StringComparison.Ordinal))
            .Skip(2).TakeWhile(static line => line.StartsWith('|'))];

    private static string Row(params string[] cells) => $"| {string.Join(" | ", cells)} |";

    private static string Code(string text) => $"`{text}`";

    private static string NameOf(EventKeywords keyword) =>
        typeof(EngineEventSource.Keywords).GetFields().Single(field => (EventKeywords)(long)field.GetRawConstantValue()! == keyword).Name;

    private static string KindOf(Instrument instrument) =>
        instrument.GetType().Name.Replace("Observable", "", StringComparison.Ordinal).Split('`')[0];
}
