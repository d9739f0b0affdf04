using System.Diagnostics.Metrics;
using System.Globalization;

namespace Engine.Tests.Diagnostics;

/// <summary>Collects the meter "Engine" once, for the engines of one name.</summary>
internal sealed class MeterReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _values = [];
    private readonly string _engineName;

    /// <param name="engineName">The engines wanted.</param>
    /// <param name="scope">The factory whose meter is wanted; null for the process's own.</param>
    public MeterReader(string engineName, object? scope = null)
    {
        _engineName = engineName;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != "Engine" || instrument.Meter.Scope != scope)
                return;
            Instruments.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    /// <summary>The tags seen per instrument, in order.</summary>
    public Dictionary<string, string> Tags { get; } = [];

    /// <summary>All measurements by "instrument tag-value ...", the engine's name left out.</summary>
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
        if (all[0].Key != "engine.name" || (string?)all[0].Value != _engineName)
            return;
        Tags[instrument.Name] = string.Join(' ', all.Select(static tag => tag.Key));
        string key = string.Join(
            ' ', all.Skip(1).Select(static tag => Convert.ToString(tag.Value, CultureInfo.InvariantCulture)).Prepend(instrument.Name));
        if (!_values.TryAdd(key, value))
            throw new InvalidOperationException($"Two measurements for {key}.");
    }
}
