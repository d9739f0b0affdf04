namespace Engine.Bench.Gate.Measuring;

/// <summary>A measurement failed: for example, a benchmark found that its work was not done.</summary>
internal sealed class MeasurementException(string message) : Exception(message);
