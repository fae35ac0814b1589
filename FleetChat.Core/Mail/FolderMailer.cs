namespace FleetChat.Core.Mail;

/// <summary>Writes each e-mail as a file that mail programs open; sent twice, it is one.</summary>
internal sealed class FolderMailer(MailOptions options) : IMailer
{
    public async Task SendAsync(Letter letter, CancellationToken ct)
    {
        Directory.CreateDirectory(options.Folder);
        var file = Path.Combine(options.Folder, $"{letter.Id:N}.eml");
        var unfinished = $"{file}.part";
        using var message = options.Write(letter);
        await message.WriteToAsync(unfinished, ct);
        File.Move(unfinished, file, overwrite: true);
    }
}
