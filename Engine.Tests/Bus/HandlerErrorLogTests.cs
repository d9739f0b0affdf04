using Engine.Bus;
using Engine.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Engine.Tests.Bus;

/// <summary>A handler that fails on every event does not fill the log.</summary>
public class HandlerErrorLogTests
{
    [Test]
    public void A_flood_of_failures_is_cut_and_what_was_left_out_is_said()
    {
        var time = new ManualTime();
        var lines = new LineLogger();
        var log = new HandlerErrorLog(lines, "shop", time);
        for (int i = 0; i < 100; i++)
            log.Write(Error(i));
        Assert.That(lines.Lines, Has.Count.EqualTo(HandlerErrorLog.MaxPerSecond).And.All.Contains("stock failed on order.created"));

        time.Advance(TimeSpan.FromSeconds(1));
        log.Write(Error(100));
        Assert.That(lines.Lines.Skip(HandlerErrorLog.MaxPerSecond), Is.EqualTo(new[]
        {
            "90 more failures of handlers on bus shop were not logged.",
            "On bus shop subscription stock failed on order.created 00000000-0000-0000-0000-000000000000.",
        }));
    }

    private static BusHandlerError Error(int number) =>
        new(1, "stock", OrderCreated.Descriptor, Guid.Empty, new InvalidOperationException($"no {number}"));

    private sealed class LineLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
