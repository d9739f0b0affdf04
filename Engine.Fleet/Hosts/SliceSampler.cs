namespace Engine.Fleet.Hosts;

/// <summary>
/// Records an event type for a slice of each period, and not at all between: whole stretches of events, one behind the other, at a share
/// of their cost. Between slices the machine publishes nothing of it.
/// </summary>
internal sealed class SliceSampler : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public SliceSampler(EventRecorder recorder, SampleSetting setting, TimeProvider time) =>
        _loop = Task.Run(() => RunAsync(recorder, setting, time));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(EventRecorder recorder, SampleSetting setting, TimeProvider time)
    {
        while (!_stop.IsCancellationRequested)
        {
            recorder.TryAdd(setting.EventType);
            await Task.Delay(setting.Slice, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            recorder.TryRemove(setting.EventType);
            await Task.Delay(setting.Period - setting.Slice, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>How much of an event type is recorded.</summary>
/// <param name="EventType">The event type's name.</param>
/// <param name="Slice">How long it is recorded.</param>
/// <param name="Period">From one beginning to the next.</param>
internal sealed record SampleSetting(string EventType, TimeSpan Slice, TimeSpan Period)
{
    private const int MaxMilliseconds = 3_600_000;

    /// <summary>Reads <c>vm.instruction=100/5000</c>: 100 ms of each 5,000; null if it is not that.</summary>
    public static SampleSetting? Parse(string text)
    {
        string[] parts = text.Split('=', '/');
        return parts.Length == 3 && EventRecorder.AllTypes.Contains(parts[0]) && int.TryParse(parts[1], out int slice)
            && int.TryParse(parts[2], out int period) && slice >= 1 && period > slice && period <= MaxMilliseconds
            ? new SampleSetting(parts[0], TimeSpan.FromMilliseconds(slice), TimeSpan.FromMilliseconds(period)) : null;
    }
}
