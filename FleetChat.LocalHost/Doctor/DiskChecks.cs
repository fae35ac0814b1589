namespace FleetChat.LocalHost.Doctor;

/// <summary>Room for what is kept.</summary>
internal static class DiskChecks
{
    public static IReadOnlyList<Check> All { get; } = [Check.Of("disk.data", Data), Check.Of("disk.temp", Temp), Check.Of("disk.temp_writable", TempWritable)];

    private static Finding Data(Examined examined)
    {
        var free = Free(examined.Installation.Folder);
        return free >= examined.Limits.FreeForData
            ? Finding.Fine($"{Sizes.Text(free)} free at {examined.Installation.Folder}")
            : Finding.Problem($"{Sizes.Text(free)} free at {examined.Installation.Folder}", "When its disk is full Postgres stops, and webhooks are refused.", "Make room there, or move the folder and start with --data.");
    }

    private static Finding Temp(Examined examined)
    {
        var free = Free(examined.TempFolder);
        return free >= examined.Limits.FreeForTemp
            ? Finding.Fine($"{Sizes.Text(free)} free at {examined.TempFolder}")
            : Finding.Warning($"{Sizes.Text(free)} free at {examined.TempFolder}", "The demo and the tests make their databases there.", "Make room there, or set TMPDIR to another folder.");
    }

    private static Finding TempWritable(Examined examined)
    {
        var file = Path.Combine(examined.TempFolder, $"fleetchat-doctor-{Path.GetRandomFileName()}");
        try
        {
            using (File.Create(file, bufferSize: 1, FileOptions.DeleteOnClose)) return Finding.Fine("writable");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return Finding.Problem($"nothing can be written to {examined.TempFolder}: {refused.Message}", "The demo and the tests make their databases there.", "Make the folder, or set TMPDIR to another one.");
        }
    }

    // Of what will be made there: the nearest folder that exists.
    private static long Free(string path)
    {
        var folder = new DirectoryInfo(path);
        while (!folder.Exists && folder.Parent is { } parent) folder = parent;
        return new DriveInfo(folder.FullName).AvailableFreeSpace;
    }
}
