using Engine.Bus.Monitoring;

namespace Engine.Bus;

/// <summary>
/// Makes buses and keeps them by name, side by side. It starts what it makes once it has been started itself; disposing it
/// stops all of them. All members are thread-safe.
/// </summary>
public interface IEventBusFactory : IAsyncDisposable
{
    /// <summary>The buses there are.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The bus of a name; made from the options of that name if there is none yet.</summary>
    /// <exception cref="InvalidBusOptionsException">The options of that name break rules.</exception>
    /// <exception cref="ObjectDisposedException">The factory has been stopped, and there is no such bus.</exception>
    EventBus Get(string name);

    /// <summary>Makes a bus.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="InvalidOperationException">There is a bus of that name.</exception>
    /// <exception cref="InvalidBusOptionsException">Options break rules.</exception>
    /// <exception cref="ObjectDisposedException">The factory has been stopped.</exception>
    EventBus Create(string name, EventBusOptions options);

    /// <summary>
    /// The monitor of a bus; the bus is made if there is none of that name yet. It measures regularly while the bus runs, unless
    /// <see cref="MetricsOptions.IsEnabled"/> is off.
    /// </summary>
    /// <exception cref="InvalidBusOptionsException">The options of that name break rules.</exception>
    PerformanceMonitor GetMonitor(string name);

    /// <summary>Puts new options into force for the bus of a name, and for its monitor. Does nothing if there is none.</summary>
    /// <exception cref="InvalidBusOptionsException">Options break rules; then all stays as it was.</exception>
    void Update(string name, EventBusOptions options);

    /// <summary>Starts all buses that have not been started, and from now on each that is made.</summary>
    void Start();

    /// <summary>Stops all buses at the same time. After that none is made.</summary>
    /// <param name="cancellationToken">Ends waiting for handlers; what is still queued is given up.</param>
    /// <returns>How each stop ended, by name.</returns>
    Task<IReadOnlyDictionary<string, BusStopReport>> StopAsync(CancellationToken cancellationToken = default);
}
