using System.Diagnostics;

namespace Engine.Bus.Monitoring;

/// <summary>
/// Watches a bus: reads its statistics regularly or on demand, keeps the last ones, reports rates between them, judges health,
/// gives alerts and makes diagnoses. The bus pays nothing for it but the reading of its counters. Thread-safe.
/// </summary>
[DebuggerDisplay("{_options.Interval}: {Health}, {Troubles.Count} troubles, {_history.Count} measurements")]
public sealed class PerformanceMonitor : IDisposable
{
    private readonly Lock _sampleLock = new();
    private readonly Lock _examinationLock = new();
    private readonly HealthExamination _examination = new();
    private readonly Lock _lock = new();
    private readonly Func<BusSample> _read;
    private readonly RecentErrors? _errors;
    private readonly Action<BusAlert>? _onAlert;
    private readonly Queue<BusSample> _history = new();
    private readonly ITimer _timer;
    private BusAssessment? _assessment;
    private MetricsOptions _options;
    private IReadOnlyList<BusTrouble> _troubles = [];
    private BusSample? _previous;
    private BusSample? _latest;
    private long _failedCallbacks;
    private long _failedSamples;
    private bool _isStarted;
    private bool _isDisposed;

    /// <summary>Makes a monitor that measures on demand, until it is started.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="options">What counts as trouble, and what is kept; copied.</param>
    /// <param name="onAlert">
    /// Called when an alert is raised, changes or is cleared, by one thread at a time. What it throws is counted and dropped.
    /// </param>
    /// <param name="errors">Where the last errors are kept, for diagnoses.</param>
    /// <param name="timeProvider">The clock of the timer; by default the system's.</param>
    /// <exception cref="InvalidBusOptionsException">Options break rules.</exception>
    public PerformanceMonitor(
        IEventBus bus,
        MetricsOptions? options = null,
        Action<BusAlert>? onAlert = null,
        RecentErrors? errors = null,
        TimeProvider? timeProvider = null)
        : this(ReaderOf(bus), options, onAlert, errors, timeProvider)
    {
    }

    internal PerformanceMonitor(
        Func<BusSample> read, MetricsOptions? options, Action<BusAlert>? onAlert, RecentErrors? errors, TimeProvider? timeProvider)
    {
        _read = read;
        _options = Checked(options ?? new MetricsOptions());
        _onAlert = onAlert;
        _errors = errors;
        _timer = (timeProvider ?? TimeProvider.System).CreateTimer(
            static state => ((PerformanceMonitor)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The last statistics, the oldest first.</summary>
    public IReadOnlyList<EventBusStatistics> History
    {
        get
        {
            lock (_lock)
                return [.. _history.Select(static sample => sample.Bus)];
        }
    }

    /// <summary>What is not as it should be by the last measurement, the worst first.</summary>
    public IReadOnlyList<BusTrouble> Troubles
    {
        get
        {
            lock (_lock)
                return _troubles;
        }
    }

    /// <summary>The worst level by the last measurement.</summary>
    public HealthLevel Health => Troubles is [var worst, ..] ? worst.Level : HealthLevel.Normal;

    /// <summary>How often the callback for alerts threw.</summary>
    public long FailedCallbackCount => Interlocked.Read(ref _failedCallbacks);

    /// <summary>How often the timer could not measure because the bus or a part of it threw.</summary>
    public long FailedSampleCount => Interlocked.Read(ref _failedSamples);

    /// <summary>Measures now and then regularly.</summary>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _isStarted = true;
            _timer.Change(TimeSpan.Zero, _options.Interval);
        }
    }

    /// <summary>Puts new options into force; a running alert is judged by them from the next measurement on.</summary>
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

    /// <summary>Measures now, and gives the alerts that follow from it. Blocks while another thread does.</summary>
    public EventBusStatistics Sample()
    {
        lock (_sampleLock)
        {
            BusSample sample = _read();
            List<BusAlert> alerts;
            lock (_lock)
            {
                _assessment ??= new BusAssessment(sample.Bus.Name);
                alerts = _assessment.Add(new BusInterval(_latest, sample), _options);
                _troubles = _assessment.Troubles;
                _previous = _latest;
                _latest = sample;
                _history.Enqueue(sample);
                while (_history.Count > _options.HistoryLength)
                    _history.Dequeue();
            }

            Give(alerts);
            return sample.Bus;
        }
    }

    /// <summary>
    /// Judges the bus as it is now, whether it is measured regularly or not, by what happened in about one interval. Gives no alerts and
    /// changes no report; does not wait for a callback that runs.
    /// </summary>
    public BusHealth Examine()
    {
        lock (_examinationLock)
        {
            BusSample now = _read();
            BusSample? last;
            MetricsOptions options;
            lock (_lock)
                (last, options) = (_latest, _options);
            return _examination.Judge(now, last, options);
        }
    }

    /// <summary>
    /// How the bus did between the last two measurements, or since its start if there is one only. Measures if nothing has been yet.
    /// </summary>
    public PerformanceReport GetReport()
    {
        EnsureMeasured();
        lock (_lock)
            return PerformanceReports.Of(new BusInterval(_previous, _latest!), _troubles);
    }

    /// <summary>How the bus did over all measurements that are kept. Measures if nothing has been yet.</summary>
    public PerformanceReport GetHistoryReport()
    {
        EnsureMeasured();
        lock (_lock)
            return PerformanceReports.Of(WholeInterval(), _troubles);
    }

    /// <summary>
    /// Names the slowest handlers, the fullest queues and the last errors, over all measurements that are kept. Measures if nothing has
    /// been yet.
    /// </summary>
    public DiagnosisReport Diagnose()
    {
        EnsureMeasured();
        lock (_lock)
            return BusDiagnosis.Of(WholeInterval(), _troubles, _errors?.Read() ?? [], _options.TopCount);
    }

    /// <summary>Ends the regular measurements. One that is being made may still end on its thread.</summary>
    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true;
        _timer.Dispose();
    }

    private static Func<BusSample> ReaderOf(IEventBus bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return () => new BusSample(bus.GetStatistics(), ResourceSnapshot.Take());
    }

    private static MetricsOptions Checked(MetricsOptions options)
    {
        new EventBusOptions { Metrics = options }.Validate();
        return options.Copy();
    }

    private void EnsureMeasured()
    {
        bool isMeasured;
        lock (_lock)
            isMeasured = _latest is not null;
        if (!isMeasured)
            Sample();
    }

    private BusInterval WholeInterval()
    {
        BusSample oldest = _history.Peek();
        return new BusInterval(ReferenceEquals(oldest, _latest) ? null : oldest, _latest!);
    }

    private void OnTimer()
    {
        // A measurement that takes longer than the interval is not queued up for.
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
