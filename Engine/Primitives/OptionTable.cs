namespace Engine.Primitives;

/// <summary>
/// The ranges of the numbers and times of one type of options: the one place where they are stated. The type checks itself by it, and
/// tests compare the documents with it, and try all ends.
/// </summary>
internal abstract class OptionTable
{
    private protected OptionTable()
    {
    }

    /// <summary>The options, in the order of their declaration.</summary>
    public abstract IReadOnlyList<OptionRow> Rows { get; }
}

/// <inheritdoc/>
/// <typeparam name="TOptions">The type of the options.</typeparam>
/// <param name="subject">Whose options they are, with its article, for errors: "an outbox".</param>
internal sealed class OptionTable<TOptions>(string subject) : OptionTable
    where TOptions : class
{
    private readonly List<OptionRow<TOptions>> _rows = [];

    /// <inheritdoc/>
    public override IReadOnlyList<OptionRow> Rows => _rows;

    /// <summary>Adds an option.</summary>
    /// <param name="name">The property.</param>
    /// <param name="range">Its range.</param>
    /// <param name="get">Reads it.</param>
    public OptionTable<TOptions> With<T>(string name, OptionRange<T> range, Func<TOptions, T> get)
        where T : struct
    {
        _rows.Add(new OptionRow<TOptions, T>(name, range, options => get(options)));
        return this;
    }

    /// <summary>Adds an option that may be null, which stands for none.</summary>
    /// <inheritdoc cref="With{T}(string, OptionRange{T}, Func{TOptions, T})"/>
    public OptionTable<TOptions> With<T>(string name, OptionRange<T> range, Func<TOptions, T?> get)
        where T : struct
    {
        _rows.Add(new OptionRow<TOptions, T>(name, range, get));
        return this;
    }

    /// <summary>The range of an option, for what sets it from elsewhere: a setter, or a key of a configuration.</summary>
    /// <param name="name">The property.</param>
    public OptionRange<T> RangeOf<T>(string name)
        where T : struct => ((OptionRow<TOptions, T>)_rows.Single(row => row.Name == name)).Range;

    /// <summary>Checks all options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="which">Tells them from others of their type, where there may be several.</param>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range; the message has name, value and rule.</exception>
    public void Check(TOptions options, string? which = null)
    {
        if (Broken(options).FirstOrDefault() is not { } row)
            return;
        string whose = which is null ? subject : $"{subject} \"{which}\"";
        throw new ArgumentOutOfRangeException(row.Name, row.ValueOf(options), $"{row.Name} of {whose} must be {row.Prose}.");
    }

    /// <summary>The options that are out of their ranges.</summary>
    public IEnumerable<OptionRow<TOptions>> Broken(TOptions options) => _rows.Where(row => !row.IsInRange(options));
}

/// <summary>One option. Immutable.</summary>
internal abstract class OptionRow(string name, string prose)
{
    /// <summary>The property.</summary>
    public string Name { get; } = name;

    /// <summary>The range in words.</summary>
    public string Prose { get; } = prose;

    /// <summary>The smallest and the largest value, and what stands for no end.</summary>
    public abstract IReadOnlyList<object> Ends { get; }

    /// <summary>The values next to the ends that are not allowed.</summary>
    public abstract IReadOnlyList<object> Beyond { get; }
}

/// <inheritdoc/>
/// <typeparam name="TOptions">The type of the options.</typeparam>
internal abstract class OptionRow<TOptions>(string name, string prose) : OptionRow(name, prose)
{
    /// <summary>Whether the option is in its range, or null.</summary>
    public abstract bool IsInRange(TOptions options);

    /// <summary>The option's value.</summary>
    public abstract object? ValueOf(TOptions options);
}

/// <inheritdoc/>
/// <typeparam name="TOptions">The type of the options.</typeparam>
/// <typeparam name="T">The type of the option.</typeparam>
internal sealed class OptionRow<TOptions, T>(string name, OptionRange<T> range, Func<TOptions, T?> get)
    : OptionRow<TOptions>(name, range.Prose)
    where T : struct
{
    /// <summary>The range.</summary>
    public OptionRange<T> Range { get; } = range;

    /// <inheritdoc/>
    public override IReadOnlyList<object> Ends => [.. Range.Ends.Cast<object>()];

    /// <inheritdoc/>
    public override IReadOnlyList<object> Beyond => [.. Range.Beyond.Cast<object>()];

    /// <inheritdoc/>
    public override bool IsInRange(TOptions options) => get(options) is not { } value || Range.Contains(value);

    /// <inheritdoc/>
    public override object? ValueOf(TOptions options) => get(options);
}
