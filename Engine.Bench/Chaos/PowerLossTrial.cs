using System.Globalization;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Journals;

namespace Engine.Bench.Chaos;

/// <summary>
/// A journal on a <see cref="FakeDisk"/> whose writer is killed, or whose power fails, at an operation that the seed says: while it
/// opens, writes, synchronizes, begins segments, closes. Some writes and synchronizations fail before. After each crash the journal is
/// compared with what was offered and what was confirmed. What another program could read after an opening counts as confirmed too.
/// </summary>
internal sealed class PowerLossTrial
{
    private const int Crashes = 4;
    private const int Producers = 2;
    private const int FrameEvents = 24;

    private readonly Random _random;
    private readonly FakeDisk _disk;
    private readonly JournalLedger _ledger = new();
    private readonly JournalOptions _options;

    private PowerLossTrial(int seed)
    {
        _random = new Random(seed);
        _disk = new FakeDisk(~seed);
        _options = new JournalOptions
        {
            FrameEvents = FrameEvents,
            SegmentBytes = 1 << _random.Next(10, 16),
            MaxDelay = TimeSpan.FromMilliseconds(1),
            CloseTimeout = TimeSpan.FromSeconds(30),
        };
    }

    /// <summary>As many as a plan wants.</summary>
    public static void Run(ChaosPlan plan, ChaosKind kind)
    {
        var totals = new PowerLossTotals();
        for (int done = 0; done < plan.Kills; done += Crashes)
        {
            plan.Progress($"{kind.Name}, {done} of {plan.Kills}");
            kind.Add(Run(plan.Seed + done, totals));
        }

        kind.Kills = kind.AtSteps = totals.PowerLosses + totals.Kills;
        kind.Confirmed = totals.Confirmed;
    }

    /// <summary>Runs one.</summary>
    /// <returns>What is not as it must be; empty if nothing.</returns>
    public static IReadOnlyList<string> Run(int seed, PowerLossTotals totals)
    {
        var trial = new PowerLossTrial(seed);
        for (int i = 0; i < Crashes; i++)
        {
            trial.RunUntilCrash(totals);
            trial.Check();
        }

        totals.Frames += trial._ledger.FrameCount;
        totals.Confirmed += trial._ledger.ConfirmedCount;
        string name = string.Create(CultureInfo.InvariantCulture, $"seed {seed}: ");
        return [.. trial._ledger.Problems.Select(problem => name + problem)];
    }

    private void RunUntilCrash(PowerLossTotals totals)
    {
        _disk.WriteFailsOneIn = _random.Next(8) == 0 ? 10 : 0;
        _disk.SynchronizationFailsOneIn = _random.Next(8) == 0 ? 20 : 0;
        // A few operations are an opening; the more there are the more segments.
        _disk.PowerFailsAt = _disk.OperationCount + 1 + _random.Next(_random.Next(2) == 0 ? 12 : 120);
        try
        {
            using Journal journal = Journal.Open(_disk.Mount(), _options);
            // From here on others may have read what is there.
            _ledger.Confirm(_disk.Mount());
            Write(journal, totals);
        }
        catch (Exception exception) when (exception is IOException or MachineGoneException)
        {
            totals.DuringOpening++;
        }

        if (!_disk.HasFailedSynchronization && _random.Next(3) == 0)
        {
            totals.Kills++;
            _disk.KillUsers();
        }
        else
        {
            totals.PowerLosses++;
            _disk.LosePower();
        }
    }

    private void Write(Journal journal, PowerLossTotals totals)
    {
        ProducerInfo[] producers = [.. Enumerable.Range(1, Producers).Select(static id => new ProducerInfo(id, $"vcpu{id}"))];
        JournalStream<InstructionRetired>[] streams = [.. producers.Select(journal.OpenStream<InstructionRetired>)];
        long[] offered = new long[Producers];
        var events = new InstructionRetired[3 * FrameEvents];
        bool closes = false;
        for (int batch = _random.Next(200); batch > 0 && _disk.IsPowered && !closes; batch--)
        {
            int producer = _random.Next(Producers);
            int count = 1 + _random.Next(events.Length);
            JournalLedger.Fill(journal.Session, producer + 1, offered[producer], events.AsSpan(0, count));
            var envelope = new Envelope(
                InstructionRetired.Descriptor, producers[producer], offered[producer], offered[producer], 0, 0, isInline: false);
            offered[producer] += count;
            _ledger.NoteOffered(journal.Session, producer + 1, offered[producer]);
            streams[producer].Append(events.AsSpan(0, count), envelope);
            if (_random.Next(6) == 0)
                Flush(journal, offered);
            closes = _random.Next(100) == 0;
            if (_random.Next(30) == 0)
                Trim(journal, totals);
        }

        if (!closes)
            Flush(journal, offered);
        if (closes && journal.Close().IsComplete)
            NoteAll(journal.Session, offered);
        for (int producer = 1; producer <= Producers; producer++)
            _ledger.NoteConfirmed(journal.Session, producer, journal.DurableEndOf(InstructionRetired.Descriptor.Name, producer));
        // It gets no time: it is dead.
        if (!closes)
            _options.CloseTimeout = TimeSpan.Zero;
        journal.Close();
        _options.CloseTimeout = TimeSpan.FromSeconds(30);
    }

    // Only what was there before: the ledger has seen that.
    private void Trim(Journal journal, PowerLossTotals totals)
    {
        try
        {
            totals.DeletedSegments += journal.Trim(
                new JournalRetention { BeforeSegment = _random.NextInt64(journal.Recovery.LastSegment + 2) }).Segments;
        }
        catch (Exception exception) when (exception is IOException or MachineGoneException)
        {
            // Goes on at the next opening.
        }
    }

    private void Flush(Journal journal, long[] offered)
    {
        while (_disk.IsPowered && !_disk.HasFailedSynchronization)
        {
            if (!journal.Flush(TimeSpan.FromMilliseconds(20)))
                continue;
            NoteAll(journal.Session, offered);
            return;
        }
    }

    private void NoteAll(long session, long[] offered)
    {
        for (int producer = 0; producer < Producers; producer++)
            _ledger.NoteConfirmed(session, producer + 1, offered[producer]);
    }

    private void Check()
    {
        _disk.WriteFailsOneIn = 0;
        _disk.SynchronizationFailsOneIn = 0;
        _ledger.Check(_disk.Mount());
    }
}

/// <summary>How many of what there were.</summary>
internal sealed class PowerLossTotals
{
    public long PowerLosses { get; set; }

    public long Kills { get; set; }

    public long DuringOpening { get; set; }

    public long Frames { get; set; }

    public long Confirmed { get; set; }

    public long DeletedSegments { get; set; }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{PowerLosses:N0} power losses, {Kills:N0} kills, {DuringOpening:N0} of them during an opening; "
        + $"{DeletedSegments:N0} segments deleted, {Frames:N0} frames compared");
}
