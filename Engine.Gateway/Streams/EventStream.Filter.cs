using System.Text.Json;
using Engine.Gateway.Events;
using Engine.Gateway.Frames;

namespace Engine.Gateway.Streams;

internal sealed partial class EventStream
{
    private SharedFilter _filter;
    private FilterChange? _change;

    private bool HasFilterChange => Volatile.Read(ref _change) is not null;

    /// <summary>
    /// Gives the stream another filter, which it takes between two batches, and says so in the stream; its range stays. Of several that
    /// come together, the last counts. May be called from any thread.
    /// </summary>
    /// <param name="filter">The filter.</param>
    /// <returns>The first event it decides about; cancelled where another one came after it.</returns>
    public Task<long> ChangeFilter(FrameFilter filter)
    {
        var change = new FilterChange(filter);
        Interlocked.Exchange(ref _change, change)?.Taken.TrySetCanceled();
        _gateway.Pump.Pulse();
        return change.Taken.Task;
    }

    private void TakeFilter()
    {
        if (!HasFilterChange || Interlocked.Exchange(ref _change, null) is not { } change)
            return;
        Volatile.Write(
            ref _filter, _gateway.Filters.Share(change.Filter with { Start = _filter.Filter.Start, End = _filter.Filter.End }));
        WriteControl(
            ControlEvents.Filter,
            $"{{\"from\":{_cursor + 1},\"filter\":\"{JsonEncodedText.Encode(_filter.Text)}\"}}");
        change.Taken.TrySetResult(_cursor + 1);
    }

    private sealed class FilterChange(FrameFilter filter)
    {
        public FrameFilter Filter { get; } = filter;

        public TaskCompletionSource<long> Taken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
