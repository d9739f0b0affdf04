using Engine.Gateway.Frames;

namespace Engine.Gateway.Streams;

/// <summary>Filters that streams share: those that want the same have the same one, for so many of them. Thread-safe.</summary>
internal sealed class SharedFilters
{
    private const int MaxKept = 64;

    private readonly Lock _lock = new();

    // The one that was wanted last comes first.
    private readonly List<SharedFilter> _kept = new(MaxKept);

    /// <summary>Finds a filter that wants the same, or keeps this one.</summary>
    public SharedFilter Share(FrameFilter filter)
    {
        lock (_lock)
        {
            int place = _kept.FindIndex(kept => kept.Filter.WantsSameAs(filter));
            SharedFilter shared = place < 0 ? new SharedFilter(filter) : _kept[place];
            if (place >= 0)
                _kept.RemoveAt(place);
            else if (_kept.Count == MaxKept)
                _kept.RemoveAt(MaxKept - 1);
            _kept.Insert(0, shared);
            return shared;
        }
    }
}

/// <summary>A filter and its text. Immutable.</summary>
internal sealed class SharedFilter(FrameFilter filter)
{
    public FrameFilter Filter { get; } = filter;

    public string Text { get; } = filter.ToString();
}
