namespace Engine.Bus.Monitoring;

/// <summary>
/// Watches a bus: takes snapshots regularly or on demand, keeps the last ones, reports rates between them, judges health,
/// gives alerts and makes diagnoses. The bus pays nothing for it but the reading of its counters. Thread-safe.
/// </summary>
public sealed class PerformanceMonitor : IDisposable
{
    private readonly Lock _sampleLock = new();
    private readonly Lock _lock = new();
    private readonly IBusSnapshotSource _source;
    private readonly RecentErrors? _errors;
    private readonly Action<BusAlert>? _onAlert;
    private readonly Queue<BusSnapshot> _history = new();
    private readonly ITimer _timer;
    private BusAssessment? _assessment;
    private MetricsOptions _options;
    private IReadOnlyList<BusTrouble> _troubles = [];
    private BusSnapshot? _previous;
    private BusSnapshot? _latest;
    private long _failedCallbacks;
    private long _failedSamples;
    private bool _isStarted;
    private bool _isDisposed;

    /// <summary>Makes a monitor that takes snapshots on demand, until it is started.</summary>
    /// <param name="source">The bus.</param>
    /// <param name="options">What counts as trouble, and what is kept; copied.</param>
    /// <param name="onAlert">Called when an alert is raised, changes or is cleared, by one thread at a time. What it throws is counted and dropped.</param>
    /// <param name="errors">Where the last errors are kept, for diagnoses.</param>
    /// <param name="time">The clock of the timer; by default the system's.</param>
    /// <exception cref="InvalidBusOptionsException">Options break rules.</exception>
    public PerformanceMonitor(
        IBusSnapshotSource source, MetricsOptions? options = null, Action<BusAlert>? onAlert = null, RecentErrors? errors = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        _options = Checked(options ?? new MetricsOptions());
        _onAlert = onAlert;
        _errors = errors;
        _timer = (time ?? TimeProvider.System).CreateTimer(
            static state => ((PerformanceMonitor)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The last snapshots, the oldest first.</summary>
    public IReadOnlyList<BusSnapshot> History
    {
        get
        {
            lock (_lock)
                return [.. _history];
        }
    }

    /// <summary>What is not as it should be by the last snapshot, the worst first.</summary>
    public IReadOnlyList<BusTrouble> Troubles
    {
        get
        {
            lock (_lock)
                return _troubles;
        }
    }

    /// <summary>The worst level by the last snapshot.</summary>
    public HealthLevel Health => Troubles is [var worst, ..] ? worst.Level : HealthLevel.Normal;

    /// <summary>How often the callback for alerts threw.</summary>
    public long FailedCallbackCount => Interlocked.Read(ref _failedCallbacks);

    /// <summary>How often the timer could not take a snapshot because its source threw.</summary>
    public long FailedSampleCount => Interlocked.Read(ref _failedSamples);

    /// <summary>Takes a snapshot now and then regularly.</summary>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _isStarted = true;
            _timer.Change(TimeSpan.Zero, _options.Interval);
        }
    }

    /// <summary>Puts new options into force; a running alert is judged by them from the next snapshot on.</summary>
    /// <exception cref="InvalidBusOptionsException">Options break rules; then all stays as it was.</exception>
    public void Update(MetricsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        MetricsOptions copy = Checked(options);
        lock (_lock)
        {
            bool isNewInterval = copy.Interval != _options.Interval;
            _options = copy;
            if (_isStarted && !_isDisposed && isNewInterval)
                _timer.Change(copy.Interval, copy.Interval);
        }
    }

    /// <summary>Takes a snapshot now, and gives the alerts that follow from it. Blocks while another thread does.</summary>
    public BusSnapshot Sample()
    {
        lock (_sampleLock)
        {
            BusSnapshot snapshot = _source.TakeSnapshot();
            List<BusAlert> alerts;
            lock (_lock)
            {
                _assessment ??= new BusAssessment(snapshot.BusName);
                alerts = _assessment.Add(new BusInterval(_latest, snapshot), _options);
                _troubles = _assessment.Troubles;
                _previous = _latest;
                _latest = snapshot;
                _history.Enqueue(snapshot);
                while (_history.Count > _options.HistoryLength)
                    _history.Dequeue();
            }

            Give(alerts);
            return snapshot;
        }
    }

    /// <summary>How the bus did between the last two snapshots, or since its start if there is one only.</summary>
    /// <exception cref="InvalidOperationException">There is no snapshot yet.</exception>
    public PerformanceReport GetReport()
    {
        lock (_lock)
            return PerformanceReports.Of(new BusInterval(_previous, Latest()), _troubles);
    }

    /// <summary>How the bus did over all snapshots that are kept.</summary>
    /// <exception cref="InvalidOperationException">There is no snapshot yet.</exception>
    public PerformanceReport GetHistoryReport()
    {
        lock (_lock)
            return PerformanceReports.Of(WholeInterval(), _troubles);
    }

    /// <summary>Names the slowest handlers, the fullest queues and the last errors, over all snapshots that are kept.</summary>
    /// <exception cref="InvalidOperationException">There is no snapshot yet.</exception>
    public DiagnosisReport Diagnose()
    {
        lock (_lock)
            return BusDiagnosis.Of(WholeInterval(), _troubles, _errors?.Read() ?? [], _options.TopCount);
    }

    /// <summary>Ends the regular snapshots. One that is being taken may still end on its thread.</summary>
    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true;
        _timer.Dispose();
    }

    private static MetricsOptions Checked(MetricsOptions options)
    {
        new EventBusOptions { Metrics = options }.Validate();
        return options.Copy();
    }

    private BusSnapshot Latest() => _latest ?? throw new InvalidOperationException("The monitor has taken no snapshot yet.");

    private BusInterval WholeInterval()
    {
        BusSnapshot latest = Latest();
        BusSnapshot oldest = _history.Peek();
        return new BusInterval(ReferenceEquals(oldest, latest) ? null : oldest, latest);
    }

    private void OnTimer()
    {
        // A snapshot that takes longer than the interval is not queued up for.
        if (!_sampleLock.TryEnter())
            return;
        try
        {
            Sample();
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _failedSamples);
        }
        finally
        {
            _sampleLock.Exit();
        }
    }

    private void Give(List<BusAlert> alerts)
    {
        foreach (BusAlert alert in alerts)
        {
            try
            {
                _onAlert?.Invoke(alert);
            }
            catch (Exception)
            {
                Interlocked.Increment(ref _failedCallbacks);
            }
        }
    }
}
