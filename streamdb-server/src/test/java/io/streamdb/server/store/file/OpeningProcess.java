package io.streamdb.server.store.file;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A process that wants a directory, and says in the last line why it does not get it.
 */
final class OpeningProcess {

	private OpeningProcess() {
	}

	/**
	 * Opens the directory.
	 * @param args the directory
	 * @throws IOException when it fails for another reason
	 */
	public static void main(String[] args) throws IOException {
		try (FileStorage storage = FileStorage.in(Path.of(args[0]))) {
			storage.recover();
			System.out.println("opened");
		}
		catch (DirectoryInUseException ex) {
			System.out.println(ex.getMessage());
		}
	}

}
