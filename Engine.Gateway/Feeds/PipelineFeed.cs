using System.Globalization;
using System.Text.Json;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;

namespace Engine.Gateway.Feeds;

/// <summary>
/// Publishes the life of something that is done in steps, such as a recording or a replay: <c>pipeline_status</c> when it begins
/// and ends, and <c>pipeline_progress</c> at each step and each second. All members are thread-safe.
/// </summary>
public sealed class PipelineFeed : IAsyncDisposable
{
    private const string Running = "running";

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly EventGateway _gateway;
    private readonly string _nodeId;
    private readonly IReadOnlyList<string> _steps;
    private readonly Func<PipelineReading> _read;
    private readonly DateTimeOffset _start;
    private readonly PeriodicFeed _feed;
    private DateTimeOffset _stepStart;
    private int _step;
    private bool _hasEnded;

    /// <summary>Publishes that the pipeline runs and is at its first step.</summary>
    /// <param name="gateway">Where it goes.</param>
    /// <param name="pipelineId">What the pipeline is called.</param>
    /// <param name="nodeId">The node it runs on.</param>
    /// <param name="steps">The names of its steps, in their order; at least one.</param>
    /// <param name="read">
    /// Reads how far the step has come. Called by one thread at a time, on the feed's and on those of callers of this; must not wait.
    /// What it throws is left out.
    /// </param>
    public PipelineFeed(
        EventGateway gateway, string pipelineId, string nodeId, IReadOnlyList<string> steps, Func<PipelineReading> read)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentException.ThrowIfNullOrWhiteSpace(pipelineId);
        ArgumentException.ThrowIfNullOrWhiteSpace(nodeId);
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(read);
        if (steps.Count == 0 || steps.Any(string.IsNullOrWhiteSpace))
            throw new ArgumentException("A pipeline must have steps, each with a name.", nameof(steps));
        (_gateway, PipelineId, _nodeId, _steps, _read) = (gateway, pipelineId, nodeId, steps, read);
        _start = _stepStart = gateway.TimeProvider.GetUtcNow();
        Publish("created", Running, end: null, error: null);
        _feed = new PeriodicFeed(s_period, gateway.TimeProvider, PublishProgress);
    }

    /// <summary>What the pipeline is called.</summary>
    public string PipelineId { get; }

    /// <summary>The step is done, and the next one begins. Nothing happens at the last step, or behind the end.</summary>
    public void NextStep()
    {
        lock (_lock)
        {
            if (_hasEnded || _step + 1 >= _steps.Count)
                return;
            _step++;
            _stepStart = _gateway.TimeProvider.GetUtcNow();
            PublishProgress(Running);
        }
    }

    /// <summary>All is done. Nothing happens behind the end.</summary>
    public void Complete() => End("completed", error: null);

    /// <summary>It has failed. Nothing happens behind the end.</summary>
    /// <param name="error">What went wrong.</param>
    public void Fail(string error)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(error);
        End("failed", error);
    }

    /// <summary>Ends publishing; a pipeline that has not ended is published as cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        End("cancelled", error: null);
        await _feed.DisposeAsync().ConfigureAwait(false);
    }

    private void End(string status, string? error)
    {
        lock (_lock)
        {
            if (_hasEnded)
                return;
            if (status == "completed")
                _step = _steps.Count - 1;
            PublishProgress(status);
            _hasEnded = true;
            // A clock that was set back does not make an end before the beginning.
            DateTimeOffset now = _gateway.TimeProvider.GetUtcNow();
            Publish(Running, status, now > _start ? now : _start, error);
        }
    }

    private void PublishProgress()
    {
        lock (_lock)
        {
            if (!_hasEnded)
                PublishProgress(Running);
        }
    }

    private void PublishProgress(string status)
    {
        (double share, IReadOnlyDictionary<string, JsonElement>? details) = Read();
        double done = _step + (status == "completed" ? 1 : share is > 0 and <= 1 ? share : 0);
        _gateway.Publish(
            new PipelineProgress(
                _step + 1, _steps.Count, Math.Round(done / _steps.Count * 100, 1),
                new PipelineStep(_steps[_step], status, _stepStart, details)),
            PipelineId);
    }

    private (double Share, IReadOnlyDictionary<string, JsonElement>? Details) Read()
    {
        try
        {
            PipelineReading reading = _read();
            return (reading.Share, reading.Figures?.ToDictionary(
                static one => one.Key, static one => JsonElement.Parse(one.Value.ToString(CultureInfo.InvariantCulture))));
        }
        catch (Exception)
        {
            // Foreign code; the step and its status are known without it.
            return default;
        }
    }

    private void Publish(string before, string now, DateTimeOffset? end, string? error) =>
        _gateway.Publish(new PipelineStatus(before, now, _nodeId, _start, end, error), PipelineId);
}
