namespace Engine.Bus;

/// <summary>What has the counters of a message subscription. The bus knows its message subscriptions as that only.</summary>
internal interface IMessageStatisticsSource
{
    /// <summary>Reads all counters. Thread-safe.</summary>
    MessageSubscriptionStatistics GetStatistics();
}
