using System.Security.Cryptography;
using System.Text;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Order;
using Engine.Tooling;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>
/// The <c>--order</c> file: the events of all harts in one order, by virtual time, as lines or as a picture of the first ones.
/// Begun and ended by the thread that runs the machine; events come on the merging subscription's.
/// </summary>
internal sealed class OrderFile : IDisposable
{
    private const int MaxTypes = 4;
    private const int DrawnEvents = 300;
    private const int LeastCapacity = 65_536;

    private readonly RunSettings _settings;
    private readonly OutputFile _file;
    private readonly FileStream? _spool;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<OrderMark> _marks = [];
    private MergedSubscription? _merged;
    private long _changes;
    private int _lastHart = -1;
    private Exception? _failure;

    private OrderFile(RunSettings settings, OutputFile file)
    {
        (_settings, _file) = (settings, file);
        _spool = IsPicture ? null : SpoolFile.Open("--order");
    }

    private bool IsPicture => Path.GetExtension(_file.Path) == ".svg";

    /// <summary>Finds out whether the file can be written; null if none is asked for.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="others">Files that must not be written over.</param>
    /// <exception cref="UsageException">It cannot be written, or does not go with other options.</exception>
    public static OrderFile? Check(RunSettings settings, params IEnumerable<string?> others)
    {
        OutputFile? file = OutputFile.Check("--order", settings.OrderFile, others);
        if (file is null)
            return null;
        if (settings.Boundaries.AreSet || settings.Degrades || settings.GdbPort is not null)
        {
            throw new UsageException(
                "--order: is of whole events of the whole run, forward; leave out --from, --until, --region, --degrade and --gdb");
        }

        return settings.EventNames.Count is >= 1 and <= MaxTypes
            ? new OrderFile(settings, file)
            : throw new UsageException($"--order: is of 1 to {MaxTypes} event types, named by --events; got {settings.EventNames.Count}");
    }

    /// <summary>Begins with a machine that has been loaded.</summary>
    /// <exception cref="UsageException">There is no memory for it.</exception>
    public void Begin(Machine machine, EventEngine engine)
    {
        var types = new Types(this);
        engine.VisitEventTypes(types);
        try
        {
            _merged = engine.SubscribeMerged(types.Handlers, new MergeOptions
            {
                Name = "order",
                Producers = machine.Producers,
                // In turn, one hart's turn waits for those of the others.
                Capacity = Math.Max(LeastCapacity, 2 * _settings.TurnInstructions),
            });
        }
        catch (OutOfMemoryException)
        {
            throw new UsageException("--order: there is no memory for it; name fewer event types, or give a smaller --quantum");
        }
    }

    /// <summary>How far it is, while the run goes on.</summary>
    public IEnumerable<string> LiveLines()
    {
        if (_merged is { Statistics: var now })
            yield return Invariant($"one order: {now.Delivered:N0} events up to {now.Watermark:N0}, {now.Buffered:N0} wait");
    }

    /// <summary>Delivers what is left, when the machine's producers have ended.</summary>
    public void End() => _merged?.CompleteAsync().GetAwaiter().GetResult();

    /// <summary>What the summary says of it.</summary>
    public string Line
    {
        get
        {
            MergeStatistics statistics = _merged?.Statistics ?? default;
            string lost = statistics.Refused == 0 ? string.Empty : Invariant($", {statistics.Refused:N0} refused");
            string harts = _settings.HartCount == 1 ? "1 hart" : Invariant($"{_settings.HartCount} harts");
            return Invariant($"one order: {statistics.Delivered:N0} events of {harts}{lost}, ") +
                Invariant($"{_changes:N0} changes of hart, SHA-256 {Convert.ToHexStringLower(_digest.GetCurrentHash())}");
        }
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public void Write()
    {
        if (_failure is not null)
            throw new UsageException($"--order: {_file.Path} cannot be written ({_failure.Message.ReplaceLineEndings(" ")})");
        if (_spool is { } spool)
        {
            _file.Write(file =>
            {
                spool.Position = 0;
                spool.CopyTo(file);
            });
            return;
        }

        string name = Path.GetFileName(_settings.Elf ?? Guests.BundledGuest.Name);
        _file.Write(OrderSvg.Text(name, _settings.HartCount, _settings.EventNames, _marks, _merged?.Statistics.Delivered ?? 0));
    }

    public void Dispose()
    {
        _merged?.Dispose();
        SpoolFile.Close(_spool);
        _digest.Dispose();
    }

    /// <summary>Takes events that lie in a row; on the merging subscription's thread.</summary>
    private void Take<T>(ReadOnlySpan<MergedEvent<T>> events)
        where T : unmanaged, IEvent<T>
    {
        string name = T.Descriptor.Name;
        foreach (ref readonly MergedEvent<T> item in events)
        {
            byte[] line = Encoding.UTF8.GetBytes(
                Invariant($"{item.VirtualTime}\t{item.Producer}\t{name}\t{item.Sequence}\t{item.Event}\n"));
            _digest.AppendData(line);
            Keep(line);
            if (_marks.Count < DrawnEvents)
                _marks.Add(new OrderMark(item.VirtualTime, item.Producer, name));
            if (_lastHart >= 0 && _lastHart != item.Producer)
                _changes++;
            _lastHart = item.Producer;
        }
    }

    // A disk that is full ends the file and not the run.
    private void Keep(byte[] line)
    {
        if (_failure is not null)
            return;
        try
        {
            _spool?.Write(line);
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            _failure = error;
        }
    }

    /// <summary>Makes the handlers of the selected event types.</summary>
    private sealed class Types(OrderFile owner) : IEventTypeVisitor
    {
        public MergeHandlers Handlers { get; } = new();

        public void Visit<T>()
            where T : unmanaged, IEvent<T>
        {
            if (owner._settings.EventNames.Contains(T.Descriptor.Name))
                Handlers.Add<T>((events, _) => owner.Take(events), DurationOf<T>());
        }

        // Instructions of a run are published at once.
        private static Func<T, long>? DurationOf<T>()
            where T : unmanaged, IEvent<T>
        {
            Func<InstructionRetired, long> instruction = static _ => 1;
            Func<BlockExecuted, long> block = static block => block.RetiredCount;
            return instruction as Func<T, long> ?? block as Func<T, long>;
        }
    }
}
