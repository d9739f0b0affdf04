namespace Engine.Gateway.Events;

/// <summary>Collects what is wrong with an event.</summary>
internal sealed class EventProblems
{
    private const int MaxTextLength = 65_536;

    private List<string>? _found;

    public IEnumerable<string> Found => _found ?? Enumerable.Empty<string>();

    public EventProblems Required(string? text, string name) =>
        Check(!string.IsNullOrWhiteSpace(text), $"{name} must not be empty.").Text(text, name);

    public EventProblems Text(string? text, string name) =>
        Check(text is null || text.Length <= MaxTextLength, $"{name} has {text?.Length} characters; at most {MaxTextLength} are allowed.");

    public EventProblems NotNull(object? value, string name) => Check(value is not null, $"{name} must not be null.");

    public EventProblems NotNegative(double value, string name) =>
        Check(double.IsFinite(value) && value >= 0, $"{name} must be a number of at least 0; it is {value}.");

    public EventProblems Finite(double value, string name) => Check(double.IsFinite(value), $"{name} must be a number; it is {value}.");

    public EventProblems Percent(double value, string name) =>
        Check(value is >= 0 and <= 100, $"{name} must be from 0 to 100; it is {value}.");

    public EventProblems Level(string? level) =>
        Check(EventLevels.RankOf(level) >= 0, $"level must be one of {string.Join(", ", EventLevels.All)}; it is \"{level}\".");

    public EventProblems Ordered(DateTimeOffset? start, DateTimeOffset? end, string names) =>
        Check(start is null || end is null || start <= end, $"{names} must not end before they begin.");

    public EventProblems Check(bool isRight, FormattableString problem)
    {
        if (!isRight)
            (_found ??= []).Add(FormattableString.Invariant(problem));
        return this;
    }
}
