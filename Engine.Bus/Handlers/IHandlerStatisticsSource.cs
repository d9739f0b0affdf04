namespace Engine.Bus.Handlers;

/// <summary>Keeps statistics of a handler.</summary>
public interface IHandlerStatisticsSource
{
    /// <summary>Reads the statistics. Thread-safe; adds up the threads' cells, delays no handler.</summary>
    HandlerStatistics GetStatistics();
}
