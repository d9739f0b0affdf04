namespace Engine.Bus;

/// <summary>What a bus knows of a message subscription: its counters, and how it ends with the bus. Thread-safe.</summary>
internal interface IBusMessages
{
    /// <summary>Events taken over so far.</summary>
    long AcceptedCount { get; }

    /// <summary>Reads all counters.</summary>
    MessageSubscriptionStatistics GetStatistics();

    /// <summary>Whether it takes its events by way of a subscription to the bus.</summary>
    bool TakesBy(BusSubscription subscription);

    /// <summary>The bus stops: batches are handed out however small they are.</summary>
    void BeginDrain();

    /// <summary>Whether every message is settled and no handler runs.</summary>
    /// <param name="waitsForReaders">
    /// Whether somebody may still come who reads it. If not, one that nobody reads is closed here, so that no publisher waits in it.
    /// </param>
    bool IsSettled(bool waitsForReaders);

    /// <summary>The bus has stopped: sends consumers and publishers away, and tells handlers that run to end.</summary>
    /// <returns>What was left; null if nothing.</returns>
    LeftInQueue? Stop();
}
