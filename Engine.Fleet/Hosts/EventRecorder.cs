using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Storage.Journals;

namespace Engine.Fleet.Hosts;

/// <summary>Which event types of a machine are recorded: begins and ends while it runs. Thread-safe.</summary>
internal sealed class EventRecorder(Journal journal, IEnumerable<string> eventTypes) : IDisposable
{
    private readonly Dictionary<string, IDisposable?> _recordings = eventTypes.ToDictionary(
        static name => name, static IDisposable? (_) => null, StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private EventEngine? _engine;

    public static IReadOnlyList<string> AllTypes { get; } = [.. VmEvents.All.Select(static type => type.Name)];

    public IReadOnlyList<string> Types
    {
        get
        {
            lock (_lock)
                return [.. _recordings.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>A machine begins: its events are recorded from the first one on.</summary>
    public void Attach(EventEngine engine)
    {
        lock (_lock)
        {
            _engine = engine;
            foreach (string name in _recordings.Keys.ToArray())
                _recordings[name] = Record(name);
        }
    }

    /// <summary>The machine has ended.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _engine = null;
            foreach (string name in _recordings.Keys.ToArray())
            {
                _recordings[name]?.Dispose();
                _recordings[name] = null;
            }
        }
    }

    /// <summary>Records a type from now on.</summary>
    /// <returns>False if there is no such type.</returns>
    public bool TryAdd(string name)
    {
        if (!AllTypes.Contains(name))
            return false;
        lock (_lock)
        {
            if (!_recordings.ContainsKey(name))
                _recordings[name] = Record(name);
        }

        return true;
    }

    /// <summary>Records a type no more.</summary>
    /// <returns>False if it was not recorded.</returns>
    public bool TryRemove(string name)
    {
        lock (_lock)
        {
            if (!_recordings.Remove(name, out IDisposable? recording))
                return false;
            recording?.Dispose();
            return true;
        }
    }

    public void Dispose() => Detach();

    private IDisposable? Record(string name)
    {
        if (_engine is null)
            return null;
        var recording = new Recording(journal, _engine, name);
        VmEvents.Visit(recording);
        return recording.Result;
    }

    private sealed class Recording(Journal journal, EventEngine engine, string name) : IEventTypeVisitor
    {
        public IDisposable? Result { get; private set; }

        public void Visit<T>()
            where T : unmanaged, IEvent<T>
        {
            if (T.Descriptor.Name == name)
                Result = journal.Record<T>(engine);
        }
    }
}
