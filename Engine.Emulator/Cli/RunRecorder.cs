using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Storage.Journals;
using Engine.Subscriptions;
using Engine.Tooling;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>Records the events of a run in a journal.</summary>
internal sealed class RunRecorder : IDisposable
{
    private readonly Journal _journal;
    private readonly bool _isNew;

    private RunRecorder(bool isNew, Journal journal)
    {
        _isNew = isNew;
        _journal = journal;
    }

    public string Directory => _journal.Directory;

    public JournalStatistics Statistics => _journal.GetStatistics();

    /// <summary>Opens the journal and subscribes it; null if none is asked for.</summary>
    /// <exception cref="UsageException">The journal cannot be opened.</exception>
    public static RunRecorder? Begin(IEventSubscriptions engine, RunSettings settings)
    {
        if (settings.RecordDirectory is not { } directory)
            return null;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(directory)) is { } parent && !System.IO.Directory.Exists(parent))
                throw new UsageException($"--record: there is no folder {parent}");
            bool isNew = !System.IO.Directory.Exists(directory);
            byte[]? key = JournalFolder.ReadKey("--record-key", settings.RecordKeyFile);
            var recorder = new RunRecorder(isNew, Journal.Open(directory, new JournalOptions
            {
                IsSignedOff = true,
                SigningKey = key,
                OnError = static error => ToolProgram.WriteError(EmulatorCommandLine.Name, $"journal: {error.Message}"),
            }));
            VmEvents.Visit(new Recording(recorder._journal, engine, [.. settings.RecordNames]));
            return recorder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"--record: {error.Message}");
        }
    }

    /// <summary>Signs off what became of all events, and makes everything durable.</summary>
    /// <param name="engine">The engine, which has stopped.</param>
    /// <param name="result">What the machine has counted.</param>
    public JournalCloseReport Close(EventEngine engine, MachineRunResult result)
    {
        _journal.Account(AccountOf(engine, result));
        return _journal.Close();
    }

    /// <summary>The run does not begin after all: leaves no journal where there was none.</summary>
    public void Discard()
    {
        _journal.Dispose();
        if (_isNew)
            System.IO.Directory.Delete(Directory, recursive: true);
    }

    public void Dispose() => _journal.Dispose();

    /// <summary>What was recorded, in one line.</summary>
    public static string Line(string directory, JournalCloseReport report)
    {
        JournalStatistics statistics = report.Statistics;
        return Invariant(
            $"recorded in {directory}: {statistics.Recorded:N0} events, {statistics.StoredBytes:N0} bytes, ")
            + Invariant($"{statistics.BitsPerEvent:F3} bits an event, lost {statistics.LostInRings + statistics.Dropped:N0}")
            + (report.IsComplete ? string.Empty : $"; NOT complete: {report.Error?.Message ?? "the disk did not follow in time"}");
    }

    private static JournalAccount AccountOf(EventEngine engine, MachineRunResult result)
    {
        IEnumerable<EventLedger> ledgers = engine.GetLedgers().Where(static row => row.Ledger.Offered > 0);
        AccountedEvents[] rows = [.. ledgers.Select(static row => new AccountedEvents(
            row.EventType, row.Producer.Id, row.Producer.Name, row.Ledger.Offered, row.Ledger.Published, row.Ledger.Dispatched,
            row.Ledger.DroppedIncoming, row.Ledger.DroppedOldest, row.Ledger.Rejected, row.Ledger.Buffered))];

        // Where instructions were published from the first to the last, the journal must have them all.
        long retired = (long)result.RetiredInstructions;
        string instructions = InstructionRetired.Descriptor.Name;
        bool areAllPublished = rows.Where(row => row.EventType == instructions).Sum(static row => row.Published) == retired;
        return new JournalAccount(
            rows, [new AccountedCounter("retired instructions", retired, areAllPublished ? instructions : null)]);
    }

    private sealed class Recording(Journal journal, IEventSubscriptions engine, HashSet<string> names) : IEventTypeVisitor
    {
        public void Visit<T>()
            where T : unmanaged, IEvent<T>
        {
            if (names.Contains(T.Descriptor.Name))
                journal.Record<T>(engine);
        }
    }
}
