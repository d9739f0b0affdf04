using System.Globalization;
using Engine.Primitives;
using Engine.Tooling;

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
/// <param name="Slice">How long it is recorded: 1 ms to 1 hour.</param>
/// <param name="Period">From one beginning to the next: 1 ms to 1 hour, longer than the slice.</param>
internal sealed record SampleSetting(string EventType, TimeSpan Slice, TimeSpan Period)
{
    private static readonly OptionRange<TimeSpan> Times = OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));

    internal static OptionTable<SampleSetting> Ranges { get; } = new OptionTable<SampleSetting>("a sample")
        .With(nameof(Slice), Times, static o => o.Slice)
        .With(nameof(Period), Times, static o => o.Period);

    /// <summary>Reads <c>vm.instruction=100/5000</c>: 100 ms of each 5,000; null if it is not that.</summary>
    /// <exception cref="UsageException">A time is out of its range.</exception>
    public static SampleSetting? Parse(string text)
    {
        string[] parts = text.Split('=', '/');
        if (parts.Length != 3 || !EventRecorder.AllTypes.Contains(parts[0]) || !TryParse(parts[1], out TimeSpan slice)
            || !TryParse(parts[2], out TimeSpan period))
            return null;
        var setting = new SampleSetting(parts[0], slice, period);
        setting.Validate();
        return setting;
    }

    /// <exception cref="UsageException">A time is out of its range.</exception>
    internal void Validate()
    {
        if (Ranges.Broken(this).FirstOrDefault() is { } row)
        {
            throw new UsageException(
                $"--sample: {row.Name} of {EventType} must be {row.Prose}; it is {DurationText.Format((TimeSpan)row.ValueOf(this)!)}");
        }

        if (Period <= Slice)
        {
            throw new UsageException(
                $"--sample: Period of {EventType} must be longer than Slice, {DurationText.Format(Slice)}; "
                + $"it is {DurationText.Format(Period)}");
        }
    }

    private static bool TryParse(string text, out TimeSpan milliseconds)
    {
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        milliseconds = TimeSpan.FromMilliseconds(number);
        return isNumber;
    }
}
