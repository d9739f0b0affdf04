namespace Engine.PerfCollect.Profiles;

/// <summary>The time of one method, alone and with what it called.</summary>
internal readonly record struct MethodCost(string Method, double ExclusiveMilliseconds, double InclusiveMilliseconds);
