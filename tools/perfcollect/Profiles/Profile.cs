namespace Engine.PerfCollect.Profiles;

/// <summary>Where threads spent their time.</summary>
/// <param name="Source">What took the samples, for headings.</param>
/// <param name="Samples">The samples in the order of time.</param>
internal sealed record Profile(string Source, IReadOnlyList<ProfileSample> Samples)
{
    public double TotalMilliseconds => Samples.Sum(static sample => sample.Milliseconds);
}
