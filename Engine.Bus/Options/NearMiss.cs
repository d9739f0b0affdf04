namespace Engine.Bus.Options;

/// <summary>Finds the word that somebody may have meant.</summary>
internal static class NearMiss
{
    /// <summary>The candidate nearest to a word, if it is near: at most a third of its letters differ.</summary>
    public static string? Find(string word, IEnumerable<string> candidates)
    {
        (string Candidate, int Distance)? best = null;
        foreach (string candidate in candidates)
        {
            // So much longer or shorter is too far, and a word of any length comes in from outside.
            if (Math.Abs(word.Length - candidate.Length) > Math.Max(1, candidate.Length / 3))
                continue;
            int distance = Distance(word, candidate);
            if (distance <= Math.Max(1, candidate.Length / 3) && (best is null || distance < best.Value.Distance))
                best = (candidate, distance);
        }

        return best?.Candidate;
    }

    /// <summary>
    /// Letters to insert, delete, replace or swap with their neighbour to get from one word to the other (optimal string
    /// alignment); upper and lower case are the same.
    /// </summary>
    public static int Distance(string from, string to)
    {
        from = from.ToUpperInvariant();
        to = to.ToUpperInvariant();
        int[,] steps = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
            steps[i, 0] = i;
        for (int j = 0; j <= to.Length; j++)
            steps[0, j] = j;
        for (int i = 1; i <= from.Length; i++)
        {
            for (int j = 1; j <= to.Length; j++)
            {
                int replace = steps[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                int least = Math.Min(replace, Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    least = Math.Min(least, steps[i - 2, j - 2] + 1);
                steps[i, j] = least;
            }
        }

        return steps[from.Length, to.Length];
    }
}
