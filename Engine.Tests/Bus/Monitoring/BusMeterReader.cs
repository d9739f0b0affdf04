using System.Diagnostics.Metrics;
using System.Globalization;

namespace Engine.Tests.Bus.Monitoring;

/// <summary>Collects the meter "Engine.Bus" of one factory.</summary>
internal sealed class BusMeterReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _values = [];

    public BusMeterReader(object? scope)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != "Engine.Bus" || instrument.Meter.Scope != scope)
                return;
            Instruments.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    /// <summary>The names of the tags seen per instrument, in order.</summary>
    public Dictionary<string, string[]> Tags { get; } = [];

    /// <summary>All measurements by "instrument tag-value ...".</summary>
    public IReadOnlyDictionary<string, double> Collect()
    {
        _values.Clear();
        _listener.RecordObservableInstruments();
        return new Dictionary<string, double>(_values);
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        KeyValuePair<string, object?>[] all = tags.ToArray();
        Tags[instrument.Name] = [.. all.Select(static tag => tag.Key)];
        string key = string.Join(
            ' ', all.Select(static tag => Convert.ToString(tag.Value, CultureInfo.InvariantCulture)).Prepend(instrument.Name));
        if (!_values.TryAdd(key, value))
            throw new InvalidOperationException($"Two measurements for {key}.");
    }
}
